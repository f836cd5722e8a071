import { expect, it } from 'vitest';
import { storageError } from './storage-error.ts';

const codesOf = (code: string): { code: string; hint: string } => {
  const { code: quireCode, hint } = storageError(Object.assign(new Error('a message'), { code }));
  return { code: quireCode, hint };
};

it.each(['SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_READONLY_DIRECTORY', 'UNKNOWN_SQLITE_ERROR_1544'])(
  'explains a database that cannot be written: %s',
  (code) => {
    expect(codesOf(code)).toEqual({ code: 'storage_failed', hint: expect.stringContaining('permissions') });
  },
);

it('has codes for a full disk, a lock and a lost connection, and no hint about permissions for other errors', () => {
  expect(codesOf('SQLITE_FULL').code).toBe('disk_full');
  expect(codesOf('SQLITE_BUSY').code).toBe('storage_busy');
  expect(codesOf('ECONNREFUSED').code).toBe('storage_unavailable');
  expect(codesOf('SQLITE_CORRUPT')).toEqual({ code: 'storage_failed', hint: expect.stringContaining('log') });
});
