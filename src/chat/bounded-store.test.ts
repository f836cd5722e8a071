import { expect, test } from 'vitest';
import { BoundedStore } from './bounded-store.ts';
import type { ConversationStore } from './conversation-store.ts';

const boundedStore = (load: () => Promise<undefined>): BoundedStore =>
  new BoundedStore({ load } as unknown as ConversationStore, 20);

test('BoundedStore rejects with a QuireError when the store throws', async () => {
  const store = boundedStore(() => {
    throw new Error('no table');
  });
  await expect(store.load('ann', 'c')).rejects.toMatchObject({ code: 'storage_failed', detail: 'no table' });
});

test('BoundedStore rejects when the store does not respond in time', async () => {
  await expect(boundedStore(() => new Promise(() => {})).load('ann', 'c')).rejects.toMatchObject({
    code: 'storage_busy',
  });
});
