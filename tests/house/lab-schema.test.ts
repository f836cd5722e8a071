// Checks that docs/lab-result.schema.json matches the schema in src/lab that validates results.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateLabSchema, SCHEMA_FILE } from '../../tools/lab-schema.ts';

test('docs/lab-result.schema.json is up to date (update: node tools/run.js tools/lab-schema.ts)', () => {
  expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(generateLabSchema());
});
