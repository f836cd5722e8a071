import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { personaSchema, withoutStyle } from './persona.ts';

const file = new URL('personas/captain.json', import.meta.url);
const captain = personaSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

it.each([
  ['en', 'Aye, sailor! It is K2. Fair winds!', 'It is K2.'],
  ['en', "You're welcome, sailor! Fair winds!", "You're welcome, sailor! Fair winds!"],
  ['en', 'Aye, sailor! It is K2.', undefined],
  ['zh', '哎，水手！好的，晴天。已写进航海日志。', '好的，晴天。'],
  ['zh', 'Aye, sailor! It is K2. Fair winds!', undefined],
] as const)('withoutStyle with %s and %j returns %j', (lang, answer, plain) => {
  expect(withoutStyle(captain, lang, answer)).toBe(plain);
});
