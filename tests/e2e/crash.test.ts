// A server that is killed during an answer, and what its users find after a restart.

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
const SLOW = 'reference'; // so that an answer takes a while
const BLOCK = 16;

const folder = temporaryFolder('crash');

const serve = (): Promise<ServeProcess> =>
  ServeProcess.start(['--backend', SLOW, '--data-dir', folder, '--kv-disk', '64MiB']);

test('after a crash ten turns and part of the eleventh are stored, and the next turn finds its tokens on disk', async () => {
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
  await sleep(1200); // part of the answer is stored, and the rest is still to be generated
  await first.kill();
  expect(client.events.at(-1)?.type).toBe('stream');
  const copy = join(folder, 'copy');
  cpSync(join(folder, 'quire.db'), join(copy, 'quire.db'), { recursive: true });
  cpSync(join(folder, 'quire.db-wal'), join(copy, 'quire.db-wal'));

  const second = await serve();
  const { messages } = (await call(second.url, 'GET', `/conversations/${conversation}`)).json;
  expect(messages).toHaveLength(22);
  expect(messages.slice(0, 21).map(({ state }: { state: string }) => state)).toEqual(
    Array(21).fill('complete'),
  );
  expect(messages[21]).toMatchObject({ state: 'interrupted', content: expect.stringMatching(/./) });
  const again = await ChatClient.open(second.url);
  const next = await again.ask('What is my name?', { conversation, options: GREEDY, cacheReport: true });
  expect(next.end.usage!.cachedTokens).toBeGreaterThanOrEqual(Math.floor((acknowledged - 1) / BLOCK) * BLOCK);
  expect(next.end.cache!.diskTokens).toBe(next.end.usage!.cachedTokens);
  await second.stop();

  // The same turn in an engine without cached tokens.
  await using engine = await loadEngine({ backend: SLOW });
  await using conversations = await openConversations(engine, { dataDir: copy });
  const opened = await conversations.open('', conversation!);
  const result = await opened.conversation.send('What is my name?', GREEDY).result;
  expect(result.cachedTokens).toBe(0);
  expect({ text: next.text, prompt: next.end.usage!.promptTokens }).toEqual({
    text: result.text,
    prompt: result.promptTokens,
  });
});
