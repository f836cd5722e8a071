// A model named by its place on a hub is the same model: brought when it is missing, then found.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadEngine } from '../../src/index.ts';
import { FakeHub } from '../support/hub/fake-hub.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/tiny-llama/', import.meta.url));
const FILES = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const MODEL = 'hf:owner/tiny-llama';

let hub: FakeHub;
let folder: string;
beforeEach(async () => {
  hub = await FakeHub.start();
  folder = mkdtempSync(join(tmpdir(), 'quire-golden-hub-'));
  const variables = { HF_HOME: folder, HF_ENDPOINT: hub.url, HF_HUB_CACHE: '', HUGGINGFACE_HUB_CACHE: '' };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const files = [...FILES, 'model.safetensors'].map((file) => [file, readFileSync(join(FIXTURE, file))]);
  hub.add('owner/tiny-llama', Object.fromEntries(files));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  rmSync(folder, { recursive: true });
});

const REQUEST = { tokens: [1, 2, 3], temperature: 0, maxTokens: 8 };

it('answers as the same files in a folder, and says how far the download is', async () => {
  await using local = await loadEngine({ model: FIXTURE });
  const { tokens } = await local.generate(REQUEST).result;
  const phases: string[] = [];
  const onProgress = (done: number, total: number, file?: string): void => {
    expect(done).toBeLessThanOrEqual(total);
    const phase = file === undefined ? 'loading' : `downloading ${file}`;
    if (phases.at(-1) !== phase) phases.push(phase);
  };
  await using engine = await loadEngine({ model: MODEL, onProgress });
  expect((await engine.generate(REQUEST).result).tokens).toEqual(tokens);
  expect(engine.info.model).toBe('owner/tiny-llama');
  expect(phases).toEqual(
    [...FILES, 'model.safetensors'].map((file) => `downloading ${file}`).concat('loading'),
  );
});

it('is found again with the hub gone', async () => {
  await expect(loadEngine({ model: MODEL, offline: true })).rejects.toMatchObject({ code: 'offline' });
  await (await loadEngine({ model: MODEL })).dispose();
  await hub.stop();
  for (const offline of [true, false]) {
    await using engine = await loadEngine({ model: MODEL, offline });
    expect(engine.info.model).toBe('owner/tiny-llama');
  }
});
