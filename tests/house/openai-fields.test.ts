// docs/http-api.md lists every field that a request may have.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CompatibilityFields } from '../../src/server/http/bodies/request-fields.ts';
import { formatValues } from '../../src/server/http/openapi/documented-body.ts';
import {
  CHAT_FIELDS,
  COMPLETION_FIELDS,
  MESSAGE_FIELDS,
  PART_FIELDS,
  STREAM_FIELDS,
  TEMPLATE_FIELDS,
  TOKENIZE_FIELDS,
} from '../../src/server/protocols/openai/compatibility-fields.ts';
import { chatRequestSchema } from '../../src/server/protocols/openai-chat/chat-request.ts';
import { completionRequestSchema } from '../../src/server/protocols/openai-completions/completion-request.ts';

const DOCS = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8');

const TABLES: readonly [where: string, fields: CompatibilityFields, before?: string][] = [
  ['chat', CHAT_FIELDS],
  ['completions', COMPLETION_FIELDS],
  ['chat', STREAM_FIELDS, 'stream_options.'],
  ['completions', STREAM_FIELDS, 'stream_options.'],
  ['messages', MESSAGE_FIELDS],
  ['parts of messages', PART_FIELDS],
  ['tokenize', TOKENIZE_FIELDS],
  ['apply-template', TEMPLATE_FIELDS],
];

/** Returns table rows; equal rows of several routes are merged. */
function rows(of: (fields: CompatibilityFields) => Readonly<Record<string, string>>): string[] {
  const routes = new Map<string, string[]>();
  for (const [where, fields, before = ''] of TABLES) {
    for (const [name, rest] of Object.entries(of(fields))) {
      const key = `${before}${name}\n${rest}`;
      routes.set(key, [...(routes.get(key) ?? []), where]);
    }
  }
  return [...routes]
    .map(([key, where]) => {
      const [name, rest] = key.split('\n');
      const whose = where.join(' ') === 'chat completions' ? 'both' : where.join(', ');
      return `| \`${name}\` | ${whose} | ${rest} |`;
    })
    .sort();
}

const ignored = rows((fields) => fields.ignored);
const rejected = rows(({ rejected: all }) =>
  Object.fromEntries(
    Object.entries(all).map(([name, { hint: instead, acceptedValues: neutral }]) => [
      name,
      `${neutral.length === 0 ? '' : `\`${formatValues(neutral)}\``} | ${instead.replaceAll('|', '\\|')}`,
    ]),
  ),
);

function rowsUnder(heading: string): string[] {
  const [, after = ''] = DOCS.split(`\n### ${heading}\n`);
  const [section = ''] = after.split(/\n##/);
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

test('the documentation lists the ignored fields', () => {
  expect(rowsUnder('Ignored fields')).toEqual(ignored);
});

test('the documentation lists the rejected fields', () => {
  expect(rowsUnder('Rejected fields')).toEqual(rejected);
});

test('the documentation lists the parameters', () => {
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
  expect([...documented('chat')].sort()).toEqual(Object.keys(chatRequestSchema.shape).sort());
});

test('no field is in two classes', () => {
  for (const [, fields] of TABLES) {
    const names = [...Object.keys(fields.ignored), ...Object.keys(fields.rejected)];
    expect(new Set(names).size).toBe(names.length);
  }
  for (const [schema, fields] of [
    [chatRequestSchema, CHAT_FIELDS],
    [completionRequestSchema, COMPLETION_FIELDS],
  ] as const) {
    const others = { ...fields.ignored, ...fields.rejected };
    expect(Object.keys(schema.shape).filter((name) => Object.hasOwn(others, name))).toEqual([]);
  }
});
