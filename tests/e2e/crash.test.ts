// Kills a server during an answer, and checks the stored conversations after a restart.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { loadEngine, openConversations } from '../../src/index.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { call } from '../support/server/http-calls.ts';
import { ServeProcess } from '../support/server/serve-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const GREEDY = { temperature: 0, maxTokens: 24 };
const SLOW_BACKEND = 'reference'; // so that the server can be killed during an answer
const BLOCK_TOKENS = 16;

const folder = temporaryFolder('crash');

const serve = (): Promise<ServeProcess> =>
  ServeProcess.start(['--backend', SLOW_BACKEND, '--data-dir', folder, '--kv-disk', '64MiB']);

test('after a crash, ten turns and part of the eleventh are stored, and the next turn restores cached tokens from disk', async () => {
  const firstServer = await serve();
  const client = await ChatClient.open(firstServer.url);
  let { end } = await client.ask('Hello! My name is Ada.', { conversation: 'new', options: GREEDY });
  const { conversation } = end;
  for (let turn = 2; turn <= 10; turn++) {
    const message = `What is ${turn} plus ${turn}?`;
    ({ end } = await client.ask(message, { conversation, options: GREEDY }));
  }
  const tokensBeforeCrash = end.usage!.contextUsed;
  client.send({
    message: 'Tell me more.',
    conversation,
    options: { temperature: 0, minTokens: 300, maxTokens: 400 },
  });
  await client.next('stream');
  await sleep(1200); // part of the answer is stored, and the answer is still being generated
  await firstServer.kill();
  expect(client.events.at(-1)?.type).toBe('stream');
  const copy = join(folder, 'copy');
  cpSync(join(folder, 'quire.db'), join(copy, 'quire.db'), { recursive: true });
  cpSync(join(folder, 'quire.db-wal'), join(copy, 'quire.db-wal'));

  const secondServer = await serve();
  const { messages } = (await call(secondServer.url, 'GET', `/conversations/${conversation}`)).json;
  expect(messages).toHaveLength(22);
  expect(messages.slice(0, 21).map(({ state }: { state: string }) => state)).toEqual(
    Array(21).fill('complete'),
  );
  expect(messages[21]).toMatchObject({ state: 'interrupted', content: expect.stringMatching(/./) });
  const secondClient = await ChatClient.open(secondServer.url);
  const next = await secondClient.ask('What is my name?', {
    conversation,
    options: GREEDY,
    cacheReport: true,
  });
  expect(next.end.usage!.cachedTokens).toBeGreaterThanOrEqual(
    Math.floor((tokensBeforeCrash - 1) / BLOCK_TOKENS) * BLOCK_TOKENS,
  );
  expect(next.end.cache!.diskTokens).toBe(next.end.usage!.cachedTokens);
  await secondServer.stop();

  // Runs the same turn in an engine without cached tokens.
  await using engine = await loadEngine({ backend: SLOW_BACKEND });
  await using conversations = await openConversations(engine, { dataDir: copy });
  const openedConversation = await conversations.open('', conversation!);
  const result = await openedConversation.conversation.send('What is my name?', GREEDY).result;
  expect(result.cachedTokens).toBe(0);
  expect({ text: next.text, prompt: next.end.usage!.promptTokens }).toEqual({
    text: result.text,
    prompt: result.promptTokens,
  });
});
