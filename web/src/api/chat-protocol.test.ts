import { expect, test } from 'vitest';
import { parseEvent } from './chat-protocol.ts';

test('parseEvent returns a known event with all its fields', () => {
  expect(parseEvent('{"type":"stream","content":"x"}')).toEqual({ type: 'stream', content: 'x' });
});

test.each(['', 'null', '[]', '7', '{}', '{"type":"news"}', '{"type":', new ArrayBuffer(2), undefined])(
  'parseEvent returns undefined for %s',
  (frame) => {
    expect(parseEvent(frame)).toBeUndefined();
  },
);
