import { expect, test } from 'vitest';
import { type KvDiskSizeOptions, kvDiskSize } from './kv-disk-size.ts';

const layout = { groups: [], dtype: 'f32', blockSize: 16 } as const;
const DISK = { blockBytes: () => [400, 1000], open: () => Promise.reject(new Error('nothing is opened')) };
const size = (options: KvDiskSizeOptions): number => kvDiskSize(options, 'paged', layout, DISK);
const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'bad_option', message: expect.stringMatching(message) });

test('by default there is no disk tier', () => {
  expect(size({})).toBe(0);
  expect(kvDiskSize({}, 'none', layout, undefined)).toBe(0);
});

test('the limit must hold at least one block', () => {
  expect(size({ kvDisk: 1000 })).toBe(1000);
  expect(() => size({ kvDisk: 999 })).toThrow(refused(/kvDisk is 999 bytes, but one block takes 1000/));
});

test('options without effect are rejected', () => {
  expect(() => size({ kvDiskFolder: 'kv' })).toThrow(refused(/kvDiskFolder needs kvDisk/));
  expect(() => kvDiskSize({ kvDisk: 1000 }, 'none', layout, DISK)).toThrow(refused(/does not offload/));
  expect(() => kvDiskSize({ kvDisk: 1000 }, 'paged', layout, undefined)).toThrow(refused(/not supported/));
});
