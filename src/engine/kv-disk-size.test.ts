import { expect, test } from 'vitest';
import { type KvDiskSizeOptions, kvDiskSize } from './kv-disk-size.ts';

const layout = { groups: [], dtype: 'f32', blockSize: 16 } as const;
const DISK = { blockBytes: () => [400, 1000], open: () => Promise.reject(new Error('nothing is opened')) };
const checkedSize = (options: KvDiskSizeOptions): number => kvDiskSize(options, 'paged', layout, DISK);
const badOption = (message: RegExp) =>
  expect.objectContaining({ code: 'bad_option', message: expect.stringMatching(message) });

test('kvDiskSize is 0 by default', () => {
  expect(checkedSize({})).toBe(0);
  expect(kvDiskSize({}, 'none', layout, undefined)).toBe(0);
});

test('kvDiskSize rejects a limit smaller than one block', () => {
  expect(checkedSize({ kvDisk: 1000 })).toBe(1000);
  expect(() => checkedSize({ kvDisk: 999 })).toThrow(
    badOption(/kvDisk is 999 bytes, but one block needs 1000/),
  );
});

test('kvDiskSize rejects options that would have no effect', () => {
  expect(() => checkedSize({ kvDiskFolder: 'kv' })).toThrow(badOption(/kvDiskFolder needs kvDisk/));
  expect(() => kvDiskSize({ kvDisk: 1000 }, 'none', layout, DISK)).toThrow(badOption(/does not offload/));
  expect(() => kvDiskSize({ kvDisk: 1000 }, 'paged', layout, undefined)).toThrow(badOption(/not supported/));
});
