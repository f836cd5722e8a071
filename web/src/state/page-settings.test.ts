import { expect, test } from 'vitest';
import { SAMPLING_FIELDS } from '../api/sampling-fields.ts';
import { DEFAULT_PAGE_SETTINGS, pageSettingsFrom, readField } from './page-settings.ts';

const field = (name: string) => SAMPLING_FIELDS.find((one) => one.name === name)!;

test.each([undefined, null, [], 'x', {}, { newConversations: 7 }, { newConversations: { sampling: [] } }])(
  'what is no settings, %j, are the default ones',
  (kept) => {
    expect(pageSettingsFrom(kept)).toMatchObject(DEFAULT_PAGE_SETTINGS);
  },
);

test('what fits is taken, what does not is left, what is another page’s is kept', () => {
  const kept = {
    font: 'large',
    newConversations: {
      system: 'Be kind.',
      contextPolicy: { kind: 'truncate', lowWater: 2 },
      sampling: { temperature: 0.5, topP: 0, seed: 1.5, other: 1 },
    },
  };
  expect(pageSettingsFrom(kept)).toEqual({
    font: 'large',
    newConversations: {
      system: 'Be kind.',
      contextPolicy: { kind: 'error' },
      sampling: { temperature: 0.5 },
    },
  });
});

test('a field is read as people write numbers, and an empty one is no choice', () => {
  expect(readField(field('temperature'), ' 0,7 ')).toEqual({ ok: true, value: 0.7 });
  expect(readField(field('temperature'), '  ')).toEqual({ ok: true, value: undefined });
  expect(readField(field('temperature'), '-1')).toEqual({ ok: false });
  expect(readField(field('topP'), '0')).toEqual({ ok: false });
  expect(readField(field('topP'), '1')).toEqual({ ok: true, value: 1 });
  expect(readField(field('topK'), '1.5')).toEqual({ ok: false });
  expect(readField(field('maxTokens'), '0')).toEqual({ ok: false });
  expect(readField(field('seed'), 'x')).toEqual({ ok: false });
});
