// Whatever emits errors in a server that is at work has somebody who listens: sockets, streams, servers, threads, connections
// to a database. One without would end the process, and with it everybody's answers.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/chat/postgres.ts';
import { needsPostgres } from '../support/needs.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { ServeProcess } from '../support/server/serve-process.ts';

const SPY = new URL('../support/server/emitter-spy.js', import.meta.url);
const MODEL = fileURLToPath(new URL('../golden/fixtures/tiny-llama', import.meta.url));

interface Report {
  readonly kinds: readonly string[];
  readonly unheard: readonly string[];
}

test('everything that may emit an error is listened to while a server works', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'quire-emitters-'));
  const programs = needsPostgres();
  const postgres = programs.available ? await startPostgres(programs.path) : undefined;
  const report = join(folder, 'report.json');
  const served = await ServeProcess.start(
    ['--model', MODEL, '--backend', 'reference', '--data-dir', folder, '--kv-disk', '16MiB'].concat(
      postgres === undefined ? [] : ['--database', postgres.address],
    ),
    { nodeArguments: ['--import', SPY.href], env: { EMITTER_REPORT: report } },
  );
  await work(served.url);
  await postgres?.halt(); // connections end under the server
  await fetch(`${served.url}/conversations`);
  await postgres?.start();
  expect((await fetch(`${served.url}/health`)).status).toBe(200);
  expect((await served.stop()).code).toBe(0);
  const { kinds, unheard } = JSON.parse(await readFile(report, 'utf8')) as Report;
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
  expect(unheard).toEqual([]);
  const seen = [
    'Server',
    'Socket',
    'ServerResponse',
    'PassThrough',
    'WebSocket',
    'WebSocketServer',
    'Worker',
  ];
  expect(kinds).toEqual(
    expect.arrayContaining(postgres === undefined ? seen : [...seen, 'BoundPool', 'Client']),
  );
});

/** Of each kind of work a little: streams that are read and left, whole answers, a socket, offers of another protocol. */
async function work(url: string): Promise<void> {
  const socket = await ChatClient.open(url);
  await socket.ask('hello', { conversation: 'new', options: { maxTokens: 4 } });
  const body = { prompt: 'hello', max_tokens: 60, stream: true };
  const post = (path: string, value: object): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
  await (await post('/v1/completions', body)).text();
  await (await post('/v1/completions', body)).body?.cancel();
  await (await post('/tokenize', { prompt: 'a b '.repeat(20_000) })).text();
  await (await fetch(`${url}/`)).text();
  await (await fetch(`${url}/conversations`)).text();
  await new Promise((resolve) => {
    const headers = { connection: 'upgrade', upgrade: 'h2c' };
    request(`${url}/health`, { headers, agent: false }, (response) =>
      response.resume().on('end', resolve),
    ).end();
  });
  await socket.close();
}
