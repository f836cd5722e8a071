import { expect, test } from 'vitest';
import { BoundedStore } from './bounded-store.ts';
import type { ConversationStore } from './conversation-store.ts';

const bounded = (load: () => Promise<undefined>): BoundedStore =>
  new BoundedStore({ load } as unknown as ConversationStore, 20);

test('a store that throws instead of rejecting becomes a rejection with a QuireError', async () => {
  const store = bounded(() => {
    throw new Error('no table');
  });
  await expect(store.load('ann', 'c')).rejects.toMatchObject({ code: 'storage_failed', detail: 'no table' });
});

test('a store that does not respond in time is an error', async () => {
  await expect(bounded(() => new Promise(() => {})).load('ann', 'c')).rejects.toMatchObject({
    code: 'storage_busy',
  });
});
