// Checks that native/src/operations.h matches the operation table from which it is generated.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateOperationsHeader, HEADER_FILE } from '../../tools/native/operations-header.ts';

test('native/src/operations.h is up to date (update: node --import tsx tools/native/operations-header.ts)', () => {
  expect(readFileSync(HEADER_FILE, 'utf8')).toBe(generateOperationsHeader());
});
