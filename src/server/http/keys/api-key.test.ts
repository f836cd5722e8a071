import { expect, it } from 'vitest';
import { apiKey, toApiKeys } from './api-key.ts';

it('accepts texts and keys', () => {
  const key = apiKey('a-long-enough-secret');
  expect(toApiKeys()).toEqual([]);
  expect(toApiKeys(['a-long-enough-secret', key])).toEqual([key, key]);
});

it.each([['a text'], [null], [{ 0: 'x' }], [[undefined]], [[{ key: 'x' }]], [[null]]])(
  'rejects %j, which JavaScript allows',
  (keys) => {
    expect(() => toApiKeys(keys as never)).toThrow(
      expect.objectContaining({ code: 'bad_option', option: 'apiKeys' }),
    );
  },
);
