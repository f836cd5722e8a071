// @ts-check
// Uses an installed `quire-llm` as an application does: loads the embedded model, asks it, stores and continues a conversation, and
// calls the server. Prints one line of JSON. The release copies this file into folders where the package was installed in
// different ways, so it imports only Node and the package.
//
//   node smoke.js [NAME]      NAME of the installed package, if it is an alias

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [name = 'quire-llm'] = process.argv.slice(2);
/** @type {typeof import('../../src/index.ts')} */
const { loadEngine, openConversations } = await import(name);
/** @type {typeof import('../../src/server/index.ts')} */
const { Service, startServer } = await import(`${name}/server`);

const QUESTION = 'What is the capital of France?';

async function askEngine() {
  const engine = await loadEngine({ context: 256 });
  try {
    const { text, backend } = await engine.generate({ prompt: QUESTION, temperature: 0, maxTokens: 16 })
      .result;
    return { text, backend, continued: await continueConversation(engine) };
  } finally {
    await engine.dispose();
  }
}

/**
 * Returns how many tokens of a stored conversation were not computed again, or the code of the error.
 * @param {import('../../src/index.ts').Engine} engine
 */
async function continueConversation(engine) {
  const dataDir = await mkdtemp(join(tmpdir(), 'quire-smoke-'));
  try {
    const before = await openConversations(engine, { dataDir });
    const { record, conversation } = await before.create('ada', {});
    await conversation.send('My name is Ada.', { temperature: 0, maxTokens: 8 }).result;
    await before.close();
    const after = await openConversations(engine, { dataDir });
    const { conversation: continued } = await after.open('ada', record.id);
    const { cachedTokens } = await continued.send('What is my name?', { temperature: 0, maxTokens: 4 })
      .result;
    await after.close();
    return cachedTokens;
  } catch (error) {
    return /** @type {{ code?: unknown }} */ (error).code ?? String(error);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function askServer() {
  const load = () => loadEngine({ context: 256 });
  const service = await Service.create({ models: [{ name: 'small', load }] });
  const server = await startServer({ service, host: '127.0.0.1', port: 0 });
  try {
    await service.loaded;
    const page = await (await fetch(server.url)).text();
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: QUESTION }], temperature: 0 }),
    });
    const { choices } = /** @type {any} */ (await response.json());
    return { hasPage: page.includes('<!doctype html>'), answer: choices[0].message.content };
  } finally {
    await server.close();
    await service.close();
  }
}

console.log(JSON.stringify({ ...(await askEngine()), ...(await askServer()) }));
