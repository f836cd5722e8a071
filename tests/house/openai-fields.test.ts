// Checks that docs/http-api.md lists every field of a request: accepted, ignored and rejected.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CompatibilityFields } from '../../src/server/http/bodies/request-fields.ts';
import { formatValues } from '../../src/server/http/openapi/documented-body.ts';
import {
  CHAT_FIELDS,
  COMPLETION_FIELDS,
  EMBEDDING_FIELDS,
  MESSAGE_FIELDS,
  PART_FIELDS,
  STREAM_FIELDS,
  TEMPLATE_FIELDS,
  TOKENIZE_FIELDS,
} from '../../src/server/protocols/openai/compatibility-fields.ts';
import { chatRequestSchema } from '../../src/server/protocols/openai-chat/chat-request.ts';
import { completionRequestSchema } from '../../src/server/protocols/openai-completions/completion-request.ts';
import { embeddingRequestSchema } from '../../src/server/protocols/openai-embeddings/embedding-request.ts';

const DOCS = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8');

const FIELDS: readonly [usedIn: string, fields: CompatibilityFields, namePrefix?: string][] = [
  ['chat', CHAT_FIELDS],
  ['completions', COMPLETION_FIELDS],
  ['chat', STREAM_FIELDS, 'stream_options.'],
  ['completions', STREAM_FIELDS, 'stream_options.'],
  ['messages', MESSAGE_FIELDS],
  ['parts of messages', PART_FIELDS],
  ['embeddings', EMBEDDING_FIELDS],
  ['tokenize', TOKENIZE_FIELDS],
  ['apply-template', TEMPLATE_FIELDS],
];

/** Returns the rows of the table in the document. A row that is equal for several routes appears once. */
function tableRows(select: (fields: CompatibilityFields) => Readonly<Record<string, string>>): string[] {
  const usersByRow = new Map<string, string[]>();
  for (const [usedIn, fields, namePrefix = ''] of FIELDS) {
    for (const [name, otherCells] of Object.entries(select(fields))) {
      const key = `${namePrefix}${name}\n${otherCells}`;
      usersByRow.set(key, [...(usersByRow.get(key) ?? []), usedIn]);
    }
  }
  return [...usersByRow]
    .map(([key, users]) => {
      const [name, otherCells] = key.split('\n');
      const usedIn = users.join(' ') === 'chat completions' ? 'both' : users.join(', ');
      return `| \`${name}\` | ${usedIn} | ${otherCells} |`;
    })
    .sort();
}

const ignoredRows = tableRows((fields) => fields.ignored);
const rejectedRows = tableRows(({ rejected }) =>
  Object.fromEntries(
    Object.entries(rejected).map(([name, { hint, acceptedValues }]) => [
      name,
      `${acceptedValues.length === 0 ? '' : `\`${formatValues(acceptedValues)}\``} | ${hint.replaceAll('|', '\\|')}`,
    ]),
  ),
);

function rowsUnder(heading: string): string[] {
  const [, after = ''] = DOCS.split(`\n### ${heading}\n`);
  const [section = ''] = after.split(/\n##/);
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

test('docs/http-api.md lists the ignored fields', () => {
  expect(rowsUnder('Ignored fields')).toEqual(ignoredRows);
});

test('docs/http-api.md lists the rejected fields', () => {
  expect(rowsUnder('Rejected fields')).toEqual(rejectedRows);
});

test('docs/http-api.md lists the accepted parameters', () => {
  const [, after = ''] = DOCS.split('\n## Parameters\n');
  const [section = ''] = after.split('\n## ');
  const table = section.split('\n').filter((line) => line.startsWith('|'));
  const documented = (route: string): Set<string> => {
    const names = table
      .filter((line) => ['both', route].includes(line.split('|').at(-2)!.trim()))
      .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([a-z_]+)/g)].map(([, name]) => name!));
    return new Set(names);
  };
  expect([...documented('completions')].sort()).toEqual(Object.keys(completionRequestSchema.shape).sort());
  const embeddings = [
    'input',
    'model',
    'adapter',
    'encoding_format',
    'dimensions',
    'cache_salt',
    'priority',
    'user',
  ];
  expect(Object.keys(embeddingRequestSchema.shape)).toEqual(embeddings);
  const [, list = ''] = DOCS.split('\n## Embeddings\n');
  for (const name of embeddings) expect(list.split('\n## ')[0]).toContain(`\`${name}\``);
  expect([...documented('chat')].sort()).toEqual(Object.keys(chatRequestSchema.shape).sort());
});

test('each field is in only one of the classes accepted, ignored and rejected', () => {
  for (const [, fields] of FIELDS) {
    const names = [...Object.keys(fields.ignored), ...Object.keys(fields.rejected)];
    expect(new Set(names).size).toBe(names.length);
  }
  for (const [schema, fields] of [
    [chatRequestSchema, CHAT_FIELDS],
    [completionRequestSchema, COMPLETION_FIELDS],
    [embeddingRequestSchema, EMBEDDING_FIELDS],
  ] as const) {
    const notAccepted = { ...fields.ignored, ...fields.rejected };
    expect(Object.keys(schema.shape).filter((name) => Object.hasOwn(notAccepted, name))).toEqual([]);
  }
});
