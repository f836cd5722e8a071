import { expect, test } from 'vitest';
import { parseEvent } from './chat-protocol.ts';

test('known events are parsed with all their fields', () => {
  expect(parseEvent('{"type":"stream","content":"x"}')).toEqual({ type: 'stream', content: 'x' });
});

test.each(['', 'null', '[]', '7', '{}', '{"type":"news"}', '{"type":', new ArrayBuffer(2), undefined])(
  '%s is no event',
  (frame) => {
    expect(parseEvent(frame)).toBeUndefined();
  },
);
