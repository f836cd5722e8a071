import { expect, test } from 'vitest';
import type { ConversationStore, StorageUse } from './conversation-store.ts';
import { StorageQuota, sizeOf } from './storage-quota.ts';

const storeOf = (use: StorageUse): ConversationStore =>
  ({ use: async () => use }) as unknown as ConversationStore;
const write = async (): Promise<string> => 'written';

test('writes up to the limit are allowed, one more is refused', async () => {
  const quota = new StorageQuota(storeOf({ conversations: 1, bytes: 100 }), { conversations: 2, bytes: 300 });
  expect(await quota.storing('ann', { conversations: 1, bytes: 100 }, write)).toBe('written');
  await expect(quota.storing('ann', { conversations: 1, bytes: 0 }, write)).rejects.toMatchObject({
    code: 'quota_exceeded',
  });
  await expect(quota.storing('ann', { conversations: 0, bytes: 101 }, write)).rejects.toMatchObject({
    code: 'quota_exceeded',
  });
  expect(await quota.storing('ann', { conversations: 0, bytes: 100 }, write)).toBe('written');
});

test('a failed write is not counted, and a removal frees its bytes', async () => {
  const quota = new StorageQuota(storeOf({ conversations: 0, bytes: 0 }), { bytes: 100 });
  const more = { conversations: 0, bytes: 100 };
  await expect(quota.storing('ann', more, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await quota.storing('ann', more, write)).toBe('written');
  quota.removed('ann', more);
  expect(await quota.storing('ann', more, write)).toBe('written');
});

test('sizes are UTF-8 bytes, and four for each token', () => {
  const message = { content: 'é', rendered: 'ab', tokens: [1, 2] } as unknown as Parameters<
    typeof sizeOf
  >[0][0];
  expect(sizeOf([message], 'title', undefined)).toBe(2 + 2 + 8 + 5);
});
