// The C++ header of the operations is generated from their table.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HEADER_FILE, operationsHeader } from '../../tools/native/operations-header.ts';

test('native/src/operations.h is up to date: node --import tsx tools/native/operations-header.ts', () => {
  expect(readFileSync(HEADER_FILE, 'utf8')).toBe(operationsHeader());
});
