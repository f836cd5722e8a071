// In a running server, every object that may emit an error has an error listener: sockets, streams, servers, workers and database
// connections. An error event without a listener ends the process.

import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/chat/postgres.ts';
import { needsPostgres } from '../support/needs.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { postJson } from '../support/server/http-calls.ts';
import { ServeProcess } from '../support/server/serve-process.ts';
import { TINY_MODEL } from '../support/server/tiny-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SPY = new URL('../support/server/emitter-spy.js', import.meta.url);

interface Report {
  readonly kinds: readonly string[];
  readonly withoutListener: readonly string[];
}

const folder = temporaryFolder('emitters');

test('every emitter of a running server has an error listener', async () => {
  const programs = needsPostgres();
  const postgres = programs.available ? await startPostgres(programs.path) : undefined;
  const report = join(folder, 'report.json');
  const server = await ServeProcess.start(
    ['--model', TINY_MODEL, '--backend', 'reference', '--data-dir', folder, '--kv-disk', '16MiB'].concat(
      postgres === undefined ? [] : ['--database', postgres.address],
    ),
    { nodeArguments: ['--import', SPY.href], env: { EMITTER_REPORT: report } },
  );
  await useServer(server.url);
  await postgres?.halt(); // the server loses its connections
  await fetch(`${server.url}/conversations`);
  await postgres?.start();
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect((await server.stop()).code).toBe(0);
  const { kinds, withoutListener } = JSON.parse(await readFile(report, 'utf8')) as Report;
  await postgres?.stop();
  expect(withoutListener).toEqual([]);
  const expectedKinds = [
    'Server',
    'Socket',
    'ServerResponse',
    'PassThrough',
    'WebSocket',
    'WebSocketServer',
    'Worker',
  ];
  expect(kinds).toEqual(
    expect.arrayContaining(
      postgres === undefined ? expectedKinds : [...expectedKinds, 'BoundPool', 'Client'],
    ),
  );
});

/** Uses each part of the server once: complete and cancelled streams, complete responses, a socket, a protocol upgrade. */
async function useServer(url: string): Promise<void> {
  const socket = await ChatClient.open(url);
  await socket.ask('hello', { conversation: 'new', options: { maxTokens: 4 } });
  const body = { prompt: 'hello', max_tokens: 60, stream: true };
  const post = (path: string, requestBody: object): Promise<Response> => postJson(url + path, requestBody);
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
