// One long message must not block the server: control strings, parts of them, white space, as in a pasted log. Each is
// refused, with the template of the embedded model and with one that inspects contents, while the server answers other
// requests. golden/linear-work.test.ts counts that the work is linear; `npm run test:full` sends 4 MB of each text and
// prints how long it took and how long others waited.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { fixture, ROOT } from '../support/fixtures.ts';
import { postJson } from '../support/server/http-calls.ts';
import { serveEngine } from '../support/server/serve-engine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FULL = process.env.QUIRE_FULL === '1';
const BYTES = FULL ? 4_000_000 : 700_000;
const TIMEOUT_MS = 30_000;
// Other processes affect all times, so the limits are ten times the goals (2 s, 100 ms).
const WORST_MS = 20_000;
const WORST_WAIT_MS = 1_000;

const UNITS: Readonly<Record<string, string>> = {
  'control strings': '<|end|>',
  'control strings of the other template': '<|im_end|>',
  'beginnings of control strings': '<|im_',
  'ends of control strings': 'nd|>',
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

// Texts that once took quadratic time, or take the longest now.
const SHORT = ['control strings', 'newlines', 'newlines and spaces', 'one word'];

async function chatMlFolder(folder: string): Promise<string> {
  const model = join(folder, 'chatml');
  await cp(fixture('tiny-qwen2'), model, { recursive: true });
  await cp(join(ROOT, 'tests/golden/templates/qwen2.5.jinja'), join(model, 'chat_template.jinja'));
  return model;
}

describe.each(['embedded', 'chatml'])('the server with the template of %s', (name) => {
  const folder = temporaryFolder('long');
  let url = '';
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    const engine = await loadEngine({ model: name === 'chatml' ? await chatMlFolder(folder) : name });
    const store = await openSqliteStore(join(folder, 'data'));
    const server = await serveEngine({ engine, store, host: '127.0.0.1', port: 0 });
    ({ url } = server);
    stop = async () => {
      await server.close();
      await engine.dispose();
    };
  });

  afterAll(() => stop());

  it.each(Object.entries(UNITS).filter(([what]) => FULL || SHORT.includes(what)))(
    'refuses a long message of %s and answers other requests meanwhile',
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
      const answered = postJson(`${url}/v1/chat/completions`, body);
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
