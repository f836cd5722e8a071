// From files beside a model to the ids of a prompt: which template is taken, and what reaches it through the
// library's requests and conversations.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConversation } from '../../src/chat/conversation.ts';
import type { Engine, GenerateRequest } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';

const TINY = fileURLToPath(new URL('./fixtures/tiny-llama', import.meta.url));
const TURNS = '{% for m in messages %}{{ m.role[0] }}:{{ m.content }};{% endfor %}';

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quire-templates-'));
  cpSync(TINY, folder, { recursive: true });
  writeFileSync(
    join(folder, 'chat_template.jinja'),
    `${TURNS}{{ mood }}{{ documents | length if documents }}`,
  );
  mkdirSync(join(folder, 'additional_chat_templates'));
  writeFileSync(join(folder, 'additional_chat_templates', 'tool_use.jinja'), `{{ tools | tojson }}${TURNS}`);
  engine = await loadEngine({ model: folder, backend: 'reference' });
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true });
});

const rendered = async (request: GenerateRequest): Promise<string> =>
  engine.decodeRaw(await engine.encode(request));
const messages = [{ role: 'user', content: 'a' }] as const;

it('reads templates from their files', () => {
  expect(engine.template?.names).toEqual(['default', 'tool_use']);
});

it('takes tools, documents, free variables and the name of a template in a request', async () => {
  expect(await rendered({ prompt: 'a', system: 'b' })).toMatch(/s:b;u:a;$/);
  expect(await rendered({ messages, templateOptions: { mood: 'calm' } })).toMatch(/u:a;calm$/);
  expect(await rendered({ messages, documents: [{ text: 'x' }] })).toMatch(/u:a;1$/);
  expect(await rendered({ messages, tools: [{ name: 'f' }] })).toMatch(/\[\{"name": "f"\}\]u:a;$/);
  expect(await rendered({ messages, tools: [{ name: 'f' }], template: 'default' })).toMatch(/u:a;$/);
});

it('refuses them where no template is used', async () => {
  const request = { prompt: 'a', raw: true, tools: [] };
  await expect(engine.generate(request).result).rejects.toMatchObject({
    code: 'bad_option',
    message: expect.stringContaining('tools'),
  });
});

it('keeps them for a whole conversation', async () => {
  const conversation = createConversation(engine, { templateOptions: { mood: '!' }, system: 'b' });
  await conversation.send('a', { maxTokens: 1 }).result;
  expect(engine.decodeRaw(conversation.messages[1]?.tokens ?? [])).toMatch(/s:b;u:a;!$/);
});
