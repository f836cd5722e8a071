import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MessageTimeout } from './message-timeout.ts';

const LIMIT = 1000;
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

/** A masked frame, as clients send them. */
function bytesOf({ opcode, final, size }: Frame): number[] {
  const length =
    size < 126
      ? [size]
      : size < 65_536
        ? [126, size >> 8, size & 255]
        : [127, 0, 0, 0, 0, 0, size >> 16, (size >> 8) & 255, size & 255];
  const [first = 0, ...more] = length;
  return [(final ? 0x80 : 0) | opcode, 0x80 | first, ...more, 1, 2, 3, 4, ...Array<number>(size).fill(0xff)];
}

const [TEXT, MORE, PONG] = [1, 0, 10];

function clocked(): { clock: MessageTimeout; expired: () => boolean } {
  let done = false;
  const clock = new MessageTimeout(LIMIT, () => {
    done = true;
  });
  return { clock, expired: () => done };
}

test('endless fragments time out, also with pongs between them', () => {
  const { clock, expired } = clocked();
  clock.feed(Uint8Array.from(bytesOf({ opcode: TEXT, final: false, size: 1 })));
  for (let i = 0; i < 9; i++) {
    vi.advanceTimersByTime(100);
    clock.feed(Uint8Array.from(bytesOf({ opcode: i % 2 === 0 ? PONG : MORE, final: i % 2 === 0, size: 2 })));
  }
  expect(expired()).toBe(false);
  vi.advanceTimersByTime(100);
  expect(expired()).toBe(true);
});

test('each of consecutive messages has the full time', () => {
  const { clock, expired } = clocked();
  const message = bytesOf({ opcode: TEXT, final: true, size: 20 });
  const shifted = Uint8Array.from([...message.slice(9), ...message.slice(0, 9)]); // ends in the middle of one
  clock.feed(Uint8Array.from(message.slice(0, 9)));
  for (let i = 0; i < 30; i++) {
    vi.advanceTimersByTime(100);
    clock.feed(shifted);
  }
  expect(expired()).toBe(false);
  vi.advanceTimersByTime(LIMIT);
  expect(expired()).toBe(true);
});

test('an incomplete header and an incomplete payload time out', () => {
  for (const cut of [1, 5, 100]) {
    const { clock, expired } = clocked();
    clock.feed(Uint8Array.from(bytesOf({ opcode: TEXT, final: true, size: 300 }).slice(0, cut)));
    vi.advanceTimersByTime(LIMIT);
    expect(expired()).toBe(true);
  }
});

test('complete messages never time out, however they are split', () => {
  const frame = fc.record({
    size: fc.constantFrom(0, 1, 125, 126, 300, 70_000),
    parts: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.integer({ min: 1, max: 5000 }), (messages, piece) => {
      const { clock, expired } = clocked();
      const bytes = messages.flatMap(({ size, parts }) =>
        Array.from({ length: parts }, (_, i) => [
          ...bytesOf({ opcode: i === 0 ? TEXT : MORE, final: i === parts - 1, size }),
          ...bytesOf({ opcode: PONG, final: true, size: 3 }),
        ]).flat(),
      );
      for (let at = 0; at < bytes.length; at += piece)
        clock.feed(Uint8Array.from(bytes.slice(at, at + piece)));
      vi.advanceTimersByTime(10 * LIMIT);
      expect(expired()).toBe(false);
      // And the next one has all the time again.
      clock.feed(Uint8Array.from(bytesOf({ opcode: TEXT, final: false, size: 1 })));
      vi.advanceTimersByTime(LIMIT - 1);
      expect(expired()).toBe(false);
      clock.stop();
    }),
    { numRuns: 50 },
  );
});
