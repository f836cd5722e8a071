import { expect, test, vi } from 'vitest';
import type { QuireError } from '../base/errors.ts';
import type { RequestEnd, RequestTimes } from '../completion/request-observer.ts';
import { guardCallback, guardWarnings, Observers } from './observers.ts';

const END: RequestEnd = { error: new Error('cancelled') };
const TIMES: RequestTimes = { totalMs: 1, queueMs: 0, prefillMs: 1, decodeMs: 0 };
const codes = (warnings: readonly QuireError[]): string[] => warnings.map(({ code }) => code);

test('guardCallback reports the first error of a callback, and does not call the callback again', () => {
  const warnings: QuireError[] = [];
  const observe = vi.fn(() => {
    throw new Error('no');
  });
  const call = guardCallback('onStep', observe, (warning) => warnings.push(warning))!;
  call();
  call();
  expect(observe).toHaveBeenCalledTimes(1);
  expect(codes(warnings)).toEqual(['observer_failed']);
  expect(warnings[0]).toMatchObject({ detail: 'no', message: expect.stringContaining('onStep') });
});

test('guardCallback reports the first rejection of an asynchronous callback, and does not call the callback again', async () => {
  const warnings: QuireError[] = [];
  const observe = vi.fn(async () => {
    throw new Error('no');
  });
  const call = guardCallback('onStep', observe, (warning) => warnings.push(warning))!;
  call();
  await vi.waitFor(() => expect(codes(warnings)).toEqual(['observer_failed']));
  call();
  expect(observe).toHaveBeenCalledTimes(1);
});

test('guardWarnings reports a failing onWarning on standard error', () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const warn = guardWarnings(() => {
      throw new Error('no');
    });
    warn({ code: 'disk_full' } as QuireError);
    expect(log).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^observer_failed: onWarning/));
  } finally {
    log.mockRestore();
  }
});

test('Observers notifies an observer until it is removed, even if another observer has failed', () => {
  const observers = new Observers(() => {});
  const first = {
    onToken: vi.fn(() => {
      throw new Error('no');
    }),
  };
  const second = { onToken: vi.fn(), onEnd: vi.fn() };
  observers.add(first);
  const remove = observers.add(second);
  observers.onToken(5);
  observers.onEnd(END, TIMES);
  remove();
  observers.onToken(6);
  expect(second.onToken.mock.calls).toEqual([[5]]);
  expect(second.onEnd.mock.calls).toEqual([[END, TIMES]]);
});
