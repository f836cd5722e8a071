import { expect, test } from 'vitest';
import { SAMPLING_FIELDS } from '../api/sampling-fields.ts';
import { DEFAULT_PAGE_SETTINGS, parseField, parsePageSettings } from './page-settings.ts';

const field = (name: string) => SAMPLING_FIELDS.find((one) => one.name === name)!;

test.each([undefined, null, [], 'x', {}, { newConversations: 7 }, { newConversations: { sampling: [] } }])(
  'what is no settings, %j, are the default ones',
  (kept) => {
    expect(parsePageSettings(kept)).toMatchObject(DEFAULT_PAGE_SETTINGS);
  },
);

test('valid settings are used, invalid ones dropped, unknown ones preserved', () => {
  const kept = {
    font: 'large',
    newConversations: {
      system: 'Be kind.',
      contextPolicy: { kind: 'truncate', lowWater: 2 },
      sampling: { temperature: 0.5, topP: 0, seed: 1.5, other: 1 },
    },
  };
  expect(parsePageSettings(kept)).toEqual({
    font: 'large',
    newConversations: {
      system: 'Be kind.',
      contextPolicy: { kind: 'error' },
      sampling: { temperature: 0.5 },
    },
  });
});

test('a field accepts a decimal comma, and an empty field is undefined', () => {
  expect(parseField(field('temperature'), ' 0,7 ')).toEqual({ ok: true, value: 0.7 });
  expect(parseField(field('temperature'), '  ')).toEqual({ ok: true, value: undefined });
  expect(parseField(field('temperature'), '-1')).toEqual({ ok: false });
  expect(parseField(field('topP'), '0')).toEqual({ ok: false });
  expect(parseField(field('topP'), '1')).toEqual({ ok: true, value: 1 });
  expect(parseField(field('topK'), '1.5')).toEqual({ ok: false });
  expect(parseField(field('maxTokens'), '0')).toEqual({ ok: false });
  expect(parseField(field('seed'), 'x')).toEqual({ ok: false });
});
