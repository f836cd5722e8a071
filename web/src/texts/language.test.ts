import { expect, test } from 'vitest';
import { TEXTS_EN } from './en.ts';
import { chooseLanguage, languageOf } from './language.ts';
import { TEXTS_ZH } from './zh.ts';

test.each([
  [undefined, ['zh-CN', 'en'], 'zh'],
  [undefined, ['zh-Hant-TW'], 'zh'],
  [undefined, ['de', 'zh', 'en'], 'zh'],
  [undefined, ['en-GB', 'zh'], 'en'],
  [undefined, ['fr'], 'en'],
  [undefined, [], 'en'],
  ['en', ['zh-CN'], 'en'],
  ['zh', ['en'], 'zh'],
  ['xx', ['zh'], 'zh'],
])(
  'chooseLanguage with stored language %s and preferred languages %j returns %s',
  (stored, preferred, expected) => {
    expect(chooseLanguage(stored, preferred)).toBe(expected);
  },
);

test('languageOf returns zh-Hans for text with Han characters', () => {
  expect(languageOf('世界上最高的山')).toBe('zh-Hans');
  expect(languageOf('K2')).toBeUndefined();
});

test('the texts about a full context contain both token counts in both languages', () => {
  for (const texts of [TEXTS_EN, TEXTS_ZH]) {
    expect(texts.contextExceeded(1100, 1024)).toMatch(/1,100.*1,024/);
    expect(texts.contextFull(1024, 1024)).toMatch(/1,024.*1,024/);
  }
});
