import { expect, test } from 'vitest';
import type { ConversationStore, StorageUse } from './conversation-store.ts';
import { StorageQuota, storedBytes } from './storage-quota.ts';

const storeOf = (use: StorageUse): ConversationStore =>
  ({ use: async () => use }) as unknown as ConversationStore;
const write = async (): Promise<string> => 'written';

test('writeWithin allows writes up to the limit and rejects a write that exceeds the limit', async () => {
  const quota = new StorageQuota(storeOf({ conversations: 1, bytes: 100 }), { conversations: 2, bytes: 300 });
  expect(await quota.writeWithin('ann', { conversations: 1, bytes: 100 }, write)).toBe('written');
  await expect(quota.writeWithin('ann', { conversations: 1, bytes: 0 }, write)).rejects.toMatchObject({
    code: 'quota_exceeded',
  });
  await expect(quota.writeWithin('ann', { conversations: 0, bytes: 101 }, write)).rejects.toMatchObject({
    code: 'quota_exceeded',
  });
  expect(await quota.writeWithin('ann', { conversations: 0, bytes: 100 }, write)).toBe('written');
});

test('writeWithin does not count a failed write, and a call of `subtract` makes room for another write', async () => {
  const quota = new StorageQuota(storeOf({ conversations: 0, bytes: 0 }), { bytes: 100 });
  const addedUse = { conversations: 0, bytes: 100 };
  await expect(quota.writeWithin('ann', addedUse, () => Promise.reject(new Error('lost')))).rejects.toThrow(
    'lost',
  );
  expect(await quota.writeWithin('ann', addedUse, write)).toBe('written');
  quota.subtract('ann', addedUse);
  expect(await quota.writeWithin('ann', addedUse, write)).toBe('written');
});

test('storedBytes counts UTF-8 bytes and four bytes for each token', () => {
  const message = { content: 'é', rendered: 'ab', tokens: [1, 2] } as unknown as Parameters<
    typeof storedBytes
  >[0][0];
  expect(storedBytes([message], 'title', undefined)).toBe(2 + 2 + 8 + 5);
});
