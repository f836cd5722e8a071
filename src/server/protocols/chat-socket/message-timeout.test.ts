import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MessageTimeout } from './message-timeout.ts';

const LIMIT_MS = 1000;
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly size: number;
}

/** Returns the bytes of a frame, masked as in frames of clients. */
function bytesOf({ opcode, final, size }: Frame): number[] {
  const length =
    size < 126
      ? [size]
      : size < 65_536
        ? [126, size >> 8, size & 255]
        : [127, 0, 0, 0, 0, 0, size >> 16, (size >> 8) & 255, size & 255];
  const [lengthByte = 0, ...extendedLength] = length;
  return [
    (final ? 0x80 : 0) | opcode,
    0x80 | lengthByte,
    ...extendedLength,
    1,
    2,
    3,
    4,
    ...Array<number>(size).fill(0xff),
  ];
}

const [TEXT, CONTINUATION, PONG] = [1, 0, 10];

function startTimeout(): { timeout: MessageTimeout; isExpired: () => boolean } {
  let expired = false;
  const timeout = new MessageTimeout(LIMIT_MS, () => {
    expired = true;
  });
  return { timeout, isExpired: () => expired };
}

test('a message with endless fragments times out, even with pongs between the fragments', () => {
  const { timeout, isExpired } = startTimeout();
  timeout.feed(Uint8Array.from(bytesOf({ opcode: TEXT, final: false, size: 1 })));
  for (let i = 0; i < 9; i++) {
    vi.advanceTimersByTime(100);
    timeout.feed(
      Uint8Array.from(bytesOf({ opcode: i % 2 === 0 ? PONG : CONTINUATION, final: i % 2 === 0, size: 2 })),
    );
  }
  expect(isExpired()).toBe(false);
  vi.advanceTimersByTime(100);
  expect(isExpired()).toBe(true);
});

test('the timeout starts again with each message', () => {
  const { timeout, isExpired } = startTimeout();
  const message = bytesOf({ opcode: TEXT, final: true, size: 20 });
  // Each chunk ends in the middle of a message.
  const chunk = Uint8Array.from([...message.slice(9), ...message.slice(0, 9)]);
  timeout.feed(Uint8Array.from(message.slice(0, 9)));
  for (let i = 0; i < 30; i++) {
    vi.advanceTimersByTime(100);
    timeout.feed(chunk);
  }
  expect(isExpired()).toBe(false);
  vi.advanceTimersByTime(LIMIT_MS);
  expect(isExpired()).toBe(true);
});

test('a message with an incomplete header or payload times out', () => {
  for (const receivedBytes of [1, 5, 100]) {
    const { timeout, isExpired } = startTimeout();
    timeout.feed(Uint8Array.from(bytesOf({ opcode: TEXT, final: true, size: 300 }).slice(0, receivedBytes)));
    vi.advanceTimersByTime(LIMIT_MS);
    expect(isExpired()).toBe(true);
  }
});

test('complete messages never time out, however their bytes are split into chunks', () => {
  const frame = fc.record({
    size: fc.constantFrom(0, 1, 125, 126, 300, 70_000),
    parts: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 5 }),
      fc.integer({ min: 1, max: 5000 }),
      (messages, chunkSize) => {
        const { timeout, isExpired } = startTimeout();
        const bytes = messages.flatMap(({ size, parts }) =>
          Array.from({ length: parts }, (_, i) => [
            ...bytesOf({ opcode: i === 0 ? TEXT : CONTINUATION, final: i === parts - 1, size }),
            ...bytesOf({ opcode: PONG, final: true, size: 3 }),
          ]).flat(),
        );
        for (let offset = 0; offset < bytes.length; offset += chunkSize)
          timeout.feed(Uint8Array.from(bytes.slice(offset, offset + chunkSize)));
        vi.advanceTimersByTime(10 * LIMIT_MS);
        expect(isExpired()).toBe(false);
        // The next message has the full time again.
        timeout.feed(Uint8Array.from(bytesOf({ opcode: TEXT, final: false, size: 1 })));
        vi.advanceTimersByTime(LIMIT_MS - 1);
        expect(isExpired()).toBe(false);
        timeout.stop();
      },
    ),
    { numRuns: 50 },
  );
});
