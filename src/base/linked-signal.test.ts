import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { linkSignals } from './linked-signal.ts';

test('a linked signal aborts with the reason of the first signal that aborts', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const link = linkSignals(first.signal, undefined, second.signal);
  expect(link.signal.aborted).toBe(false);
  second.abort('second');
  first.abort('first');
  expect(link.signal.reason).toBe('second');
});

test('a linked signal is aborted from the start if one of the signals is', () => {
  const link = linkSignals(new AbortController().signal, AbortSignal.abort('before'));
  expect(link.signal.reason).toBe('before');
});

test('a linked signal leaves nothing in its signals', () => {
  const controller = new AbortController();
  const link = linkSignals(controller.signal);
  link.unlink();
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  controller.abort();
  expect(link.signal.aborted).toBe(false);
});
