// Generates docs/lab-result.schema.json, the JSON schema of `quire lab` results: node tools/run.js tools/lab-schema.ts

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { RESULT_FORMAT, resultSchema } from '../src/lab/result.ts';

export const SCHEMA_FILE = fileURLToPath(new URL('../docs/lab-result.schema.json', import.meta.url));

/** Returns the contents of the schema file. */
export function generateLabSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(resultSchema);
  const title = `A result of quire lab (${RESULT_FORMAT})`;
  return `${JSON.stringify({ $schema, title, ...schema }, undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA_FILE, generateLabSchema());
