import { expect, test } from 'vitest';
import { SAMPLING_FIELDS } from '../api/sampling-fields.ts';
import { DEFAULT_PAGE_SETTINGS, parseField, parsePageSettings } from './page-settings.ts';

const fieldNamed = (name: string) => SAMPLING_FIELDS.find((candidate) => candidate.name === name)!;

test.each([undefined, null, [], 'x', {}, { newConversations: 7 }, { newConversations: { sampling: [] } }])(
  'parsePageSettings returns the default settings for %j',
  (stored) => {
    expect(parsePageSettings(stored)).toMatchObject(DEFAULT_PAGE_SETTINGS);
  },
);

test('parsePageSettings keeps valid and unknown settings, and drops invalid settings', () => {
  const stored = {
    font: 'large',
    newConversations: {
      system: 'Be kind.',
      contextPolicy: { kind: 'truncate', lowWater: 2 },
      sampling: { temperature: 0.5, topP: 0, seed: 1.5, other: 1 },
    },
  };
  expect(parsePageSettings(stored)).toEqual({
    font: 'large',
    newConversations: {
      system: 'Be kind.',
      contextPolicy: { kind: 'error' },
      sampling: { temperature: 0.5 },
    },
  });
});

test('parseField accepts a decimal comma, and returns undefined for an empty field', () => {
  expect(parseField(fieldNamed('temperature'), ' 0,7 ')).toEqual({ ok: true, value: 0.7 });
  expect(parseField(fieldNamed('temperature'), '  ')).toEqual({ ok: true, value: undefined });
  expect(parseField(fieldNamed('temperature'), '-1')).toEqual({ ok: false });
  expect(parseField(fieldNamed('topP'), '0')).toEqual({ ok: false });
  expect(parseField(fieldNamed('topP'), '1')).toEqual({ ok: true, value: 1 });
  expect(parseField(fieldNamed('topK'), '1.5')).toEqual({ ok: false });
  expect(parseField(fieldNamed('maxTokens'), '0')).toEqual({ ok: false });
  expect(parseField(fieldNamed('seed'), 'x')).toEqual({ ok: false });
});
