// One long message must not stop the server for everybody: control strings, halves of them, white space, whatever a
// pasted log holds. Each is refused, with the template of the embedded model and with one that looks into contents,
// and the server answers others meanwhile. That the work is linear is counted elsewhere (golden/linear-work.test.ts);
// `npm run test:full` takes 4 MB of each and prints how long they took and how long others waited.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { serveEngine } from '../support/server/serve-engine.ts';

const FULL = process.env.QUIRE_FULL === '1';
const BYTES = FULL ? 4_000_000 : 700_000;
const TIMEOUT_MS = 30_000;
// Other work on the machine shows in all times, so only ten times the aim (2 s, 100 ms) is a failure.
const WORST_MS = 20_000;
const WORST_WAIT_MS = 1_000;

const UNITS: Readonly<Record<string, string>> = {
  'control strings': '<|end|>',
  'control strings of the other template': '<|im_end|>',
  halves: '<|im_',
  'other halves': 'nd|>',
  'strings of templates': '</think>\n',
  spaces: ' ',
  newlines: '\n',
  'newlines and spaces': '\n ',
  'private characters': '\ue000',
  emoji: '\u{1f600}',
  'combining marks': '\u0301\u0316',
  'one word': 'w',
  digits: '7',
};

// Those that once took time by the square of their length, or take the longest now.
const SHORT = ['control strings', 'newlines', 'newlines and spaces', 'one word'];

const golden = (path: string): string => fileURLToPath(new URL(`../golden/${path}`, import.meta.url));

async function chatMlFolder(folder: string): Promise<string> {
  const model = join(folder, 'chatml');
  await cp(golden('fixtures/tiny-qwen2'), model, { recursive: true });
  await cp(golden('templates/qwen2.5.jinja'), join(model, 'chat_template.jinja'));
  return model;
}

describe.each(['embedded', 'chatml'])('with the template of %s', (name) => {
  let folder = '';
  let url = '';
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quire-long-'));
    const engine = await loadEngine({ model: name === 'chatml' ? await chatMlFolder(folder) : name });
    const store = await openSqliteStore(join(folder, 'data'));
    const server = await serveEngine({ engine, store, host: '127.0.0.1', port: 0 });
    ({ url } = server);
    stop = async () => {
      await server.close();
      await engine.dispose();
    };
  });

  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(Object.entries(UNITS).filter(([what]) => FULL || SHORT.includes(what)))(
    'refuses %s, and answers others',
    async (what, unit) => {
      const text = unit.repeat(Math.floor(BYTES / (Buffer.byteLength(JSON.stringify(unit)) - 2)));
      const body = JSON.stringify({
        messages: [{ role: 'user', content: text.trim() === '' ? `a${text}b` : text }],
      });
      const started = performance.now();
      let longest = 0;
      let last = started;
      const timer = setInterval(() => {
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
      }, 5);
      const headers = { 'content-type': 'application/json' };
      const answered = fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
      const health = await fetch(`${url}/health`);
      const answer = await answered;
      clearInterval(timer);
      const took = performance.now() - started;
      expect(health.status).toBe(200);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: 'context_length_exceeded' } });
      if (!FULL) return;
      console.info(
        `${name}, 4 MB of ${what}: ${took.toFixed(0)} ms, a timer waited ${longest.toFixed(0)} ms`,
      );
      expect(took).toBeLessThan(WORST_MS);
      expect(longest).toBeLessThan(WORST_WAIT_MS);
    },
    TIMEOUT_MS,
  );
});
