// The published schema of lab results is the one that validates them.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { labSchema, SCHEMA_FILE } from '../../tools/lab-schema.ts';

test('docs/lab-result.schema.json is up to date: node tools/run.js tools/lab-schema.ts', () => {
  expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(labSchema());
});
