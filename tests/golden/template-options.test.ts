// Tests which template file of a model a request uses, and which variables of requests and conversations a template receives.

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConversation } from '../../src/chat/conversation.ts';
import type { Engine, GenerateRequest } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { fixture } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TINY = fixture('tiny-llama');
const MESSAGES_TEMPLATE = '{% for m in messages %}{{ m.role[0] }}:{{ m.content }};{% endfor %}';

const folder = temporaryFolder('templates');
let engine: Engine;
beforeAll(async () => {
  cpSync(TINY, folder, { recursive: true });
  writeFileSync(
    join(folder, 'chat_template.jinja'),
    `${MESSAGES_TEMPLATE}{{ mood }}{{ documents | length if documents }}`,
  );
  mkdirSync(join(folder, 'additional_chat_templates'));
  writeFileSync(
    join(folder, 'additional_chat_templates', 'tool_use.jinja'),
    `{{ tools | tojson }}${MESSAGES_TEMPLATE}`,
  );
  engine = await loadEngine({ model: folder, backend: 'reference' });
});
afterAll(() => engine.dispose());

const renderedPrompt = async (request: GenerateRequest): Promise<string> =>
  engine.decodeRaw(await engine.encode(request));
const messages = [{ role: 'user', content: 'a' }] as const;

it('loadEngine reads all template files of a model', () => {
  expect(engine.template?.names).toEqual(['default', 'tool_use']);
});

it('a request may contain tools, documents, variables and the name of a template', async () => {
  expect(await renderedPrompt({ prompt: 'a', system: 'b' })).toMatch(/s:b;u:a;$/);
  expect(await renderedPrompt({ messages, templateOptions: { mood: 'calm' } })).toMatch(/u:a;calm$/);
  expect(await renderedPrompt({ messages, documents: [{ text: 'x' }] })).toMatch(/u:a;1$/);
  expect(await renderedPrompt({ messages, tools: [{ name: 'f' }] })).toMatch(/\[\{"name": "f"\}\]u:a;$/);
  expect(await renderedPrompt({ messages, tools: [{ name: 'f' }], template: 'default' })).toMatch(/u:a;$/);
});

it('a request with a raw prompt and template variables is rejected', async () => {
  const request = { prompt: 'a', raw: true, tools: [] };
  await expect(engine.generate(request).result).rejects.toMatchObject({
    code: 'bad_option',
    message: expect.stringContaining('tools'),
  });
});

it('a conversation uses its template variables in every turn', async () => {
  const conversation = createConversation(engine, { templateOptions: { mood: '!' }, system: 'b' });
  await conversation.send('a', { maxTokens: 1 }).result;
  expect(engine.decodeRaw(conversation.messages[1]?.tokens ?? [])).toMatch(/s:b;u:a;!$/);
});
