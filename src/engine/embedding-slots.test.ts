import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { EmbeddingSlots } from './embedding-slots.ts';

const signal = new AbortController().signal;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Records the names of the calls in the order in which they get slots. */
function calls(slots: EmbeddingSlots) {
  const started: string[] = [];
  const call = async (name: string, texts: number, priority = 0): Promise<void> => {
    for (let i = 0; i < texts; i++) {
      await slots.acquire(priority, signal);
      started.push(name);
    }
  };
  return { started, call };
}

test('calls take turns', async () => {
  const slots = new EmbeddingSlots(2, 8);
  const { started, call } = calls(slots);
  const all = Promise.all([call('a', 5), call('b', 2), call('c', 2)]);
  for (let i = 0; i < 9; i++) {
    await settle();
    slots.release();
  }
  await all;
  expect(started.join('')).toBe('abcabcaaa');
});

test('the call with the highest priority is first', async () => {
  const slots = new EmbeddingSlots(1, 8);
  const { started, call } = calls(slots);
  const all = Promise.all([call('a', 2), call('b', 1, 1), call('c', 1, 2)]);
  for (let i = 0; i < 4; i++) {
    await settle();
    slots.release();
  }
  await all;
  expect(started.join('')).toBe('acba');
});

test('an aborted call leaves nothing behind, and its slot goes to the next', async () => {
  const slots = new EmbeddingSlots(1, 8);
  await slots.acquire(0, signal);
  const controller = new AbortController();
  const aborted = slots.acquire(0, controller.signal);
  const next = slots.acquire(0, signal);
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  slots.release();
  await next;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  await expect(slots.acquire(0, controller.signal)).rejects.toThrow('enough');
});

test('a call is rejected if too many wait, and released slots are free again', async () => {
  const slots = new EmbeddingSlots(1, 1);
  await slots.acquire(0, signal);
  const waiting = slots.acquire(0, signal);
  await expect(slots.acquire(0, signal)).rejects.toMatchObject({ code: 'busy' });
  slots.release();
  await waiting;
  slots.release();
  await slots.acquire(0, signal);
});
