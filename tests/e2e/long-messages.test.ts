// A long message must not block the server. The messages consist of control strings, parts of control strings or white space, as
// in a pasted log. The server rejects each message and answers other requests meanwhile, with the chat template of the embedded
// model and with a template that inspects the contents. golden/linear-work.test.ts checks that the work is linear;
// `npm run test:full` sends 4 MB of each text and prints how long the request took and how long a timer was delayed.

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
const MAX_MS = 20_000;
const MAX_DELAY_MS = 1_000;

const REPEATED_TEXTS: Readonly<Record<string, string>> = {
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

// Texts that took quadratic time in earlier versions, or that take the longest now.
const DEFAULT_TEXTS = ['control strings', 'newlines', 'newlines and spaces', 'one word'];

async function chatMlFolder(folder: string): Promise<string> {
  const model = join(folder, 'chatml');
  await cp(fixture('tiny-qwen2'), model, { recursive: true });
  await cp(join(ROOT, 'tests/golden/templates/qwen2.5.jinja'), join(model, 'chat_template.jinja'));
  return model;
}

describe.each(['embedded', 'chatml'])('the server with the template of %s', (template) => {
  const folder = temporaryFolder('long');
  let url = '';
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    const engine = await loadEngine({ model: template === 'chatml' ? await chatMlFolder(folder) : template });
    const store = await openSqliteStore(join(folder, 'data'));
    const server = await serveEngine({ engine, store, host: '127.0.0.1', port: 0 });
    ({ url } = server);
    stop = async () => {
      await server.close();
      await engine.dispose();
    };
  });

  afterAll(() => stop());

  it.each(Object.entries(REPEATED_TEXTS).filter(([name]) => FULL || DEFAULT_TEXTS.includes(name)))(
    'rejects a long message of %s and answers other requests meanwhile',
    async (name, unit) => {
      const text = unit.repeat(Math.floor(BYTES / (Buffer.byteLength(JSON.stringify(unit)) - 2)));
      const body = JSON.stringify({
        messages: [{ role: 'user', content: text.trim() === '' ? `a${text}b` : text }],
      });
      const started = performance.now();
      let maxDelay = 0;
      let lastTick = started;
      const timer = setInterval(() => {
        const now = performance.now();
        maxDelay = Math.max(maxDelay, now - lastTick);
        lastTick = now;
      }, 5);
      const request = postJson(`${url}/v1/chat/completions`, body);
      const health = await fetch(`${url}/health`);
      const response = await request;
      clearInterval(timer);
      const elapsedMs = performance.now() - started;
      expect(health.status).toBe(200);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'context_length_exceeded' } });
      if (!FULL) return;
      console.info(
        `${template}, 4 MB of ${name}: ${elapsedMs.toFixed(0)} ms, maximum delay of a timer ${maxDelay.toFixed(0)} ms`,
      );
      expect(elapsedMs).toBeLessThan(MAX_MS);
      expect(maxDelay).toBeLessThan(MAX_DELAY_MS);
    },
    TIMEOUT_MS,
  );
});
