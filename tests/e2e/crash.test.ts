// A server that dies in the middle of an answer, and what its users find when it is back.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadEngine, openConversations } from '../../src/index.ts';
import { ChatClient } from '../support/server/chat-client.ts';

const QUIRE = fileURLToPath(new URL('../../bin/quire.js', import.meta.url));
const GREEDY = { temperature: 0, maxTokens: 24 };
const SLOW = 'reference'; // so that an answer takes its time
const BLOCK = 16;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quire-crash-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Serving {
  readonly url: string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

async function serve(): Promise<Serving> {
  const args = ['serve', '--port', '0', '--backend', SLOW, '--data-dir', folder, '--kv-disk', '64MiB'];
  const child = spawn(process.execPath, [QUIRE, ...args]);
  let output = '';
  child.stdout.on('data', (data) => {
    output += String(data);
  });
  const find = (): string | undefined => /http:\/\/\S+/.exec(output)?.[0];
  await expect.poll(find, { timeout: 120_000 }).toBeDefined();
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const exit = once(child, 'close');
    child.kill(signal);
    await exit;
  };
  return { url: find()!, kill };
}

test('ten turns and a part of the eleventh are there, and the next one finds its tokens on disk', async () => {
  const first = await serve();
  const client = await ChatClient.open(first.url);
  let { end } = await client.ask('Hello! My name is Ada.', { conversation: 'new', options: GREEDY });
  const { conversation } = end;
  for (let turn = 2; turn <= 10; turn++) {
    const message = `What is ${turn} plus ${turn}?`;
    ({ end } = await client.ask(message, { conversation, options: GREEDY }));
  }
  const acknowledged = end.usage!.contextUsed;
  client.send({
    message: 'Tell me more.',
    conversation,
    options: { temperature: 0, minTokens: 300, maxTokens: 400 },
  });
  await client.next('stream');
  await sleep(1200); // some of the answer is on disk, and the rest is to come
  await first.kill('SIGKILL');
  expect(client.events.at(-1)?.type).toBe('stream');
  const copy = join(folder, 'copy');
  cpSync(join(folder, 'quire.db'), join(copy, 'quire.db'), { recursive: true });
  cpSync(join(folder, 'quire.db-wal'), join(copy, 'quire.db-wal'));

  const second = await serve();
  const read = await fetch(`${second.url}/conversations/${conversation}`);
  const { messages } = (await read.json()) as { messages: { content: string; state: string }[] };
  expect(messages).toHaveLength(22);
  expect(messages.slice(0, 21).map(({ state }) => state)).toEqual(Array(21).fill('complete'));
  expect(messages[21]).toMatchObject({ state: 'interrupted', content: expect.stringMatching(/./) });
  const again = await ChatClient.open(second.url);
  const next = await again.ask('What is my name?', { conversation, options: GREEDY, cacheReport: true });
  expect(next.end.usage!.cachedTokens).toBeGreaterThanOrEqual(Math.floor((acknowledged - 1) / BLOCK) * BLOCK);
  expect(next.end.cache!.diskTokens).toBe(next.end.usage!.cachedTokens);
  await second.kill('SIGTERM');

  // The same turn where nothing was ever cached.
  await using engine = await loadEngine({ backend: SLOW });
  await using conversations = await openConversations(engine, { dataDir: copy });
  const undisturbed = await conversations.open('', conversation!);
  const result = await undisturbed.conversation.send('What is my name?', GREEDY).result;
  expect(result.cachedTokens).toBe(0);
  expect({ text: next.text, prompt: next.end.usage!.promptTokens }).toEqual({
    text: result.text,
    prompt: result.promptTokens,
  });
});
