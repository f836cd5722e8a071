// Tests models with a hub reference: they answer like the same files in a folder, and are downloaded once and then cached.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadEngine } from '../../src/index.ts';
import { fixture } from '../support/fixtures.ts';
import { FakeHub } from '../support/hub/fake-hub.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const FIXTURE = fixture('tiny-llama');
const FILES = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const MODEL = 'hf:owner/tiny-llama';

let hub: FakeHub;
const folder = temporaryFolderForEachTest('golden-hub');
beforeEach(async () => {
  hub = await FakeHub.start();
  const variables = { HF_HOME: folder(), HF_ENDPOINT: hub.url, HF_HUB_CACHE: '', HUGGINGFACE_HUB_CACHE: '' };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const files = [...FILES, 'model.safetensors'].map((file) => [file, readFileSync(join(FIXTURE, file))]);
  hub.add('owner/tiny-llama', Object.fromEntries(files));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
});

const REQUEST = { tokens: [1, 2, 3], temperature: 0, maxTokens: 8 };

it('loadEngine downloads a model, reports progress and answers like the same files in a folder', async () => {
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

it('loadEngine finds a downloaded model without a connection to the hub', async () => {
  await expect(loadEngine({ model: MODEL, offline: true })).rejects.toMatchObject({ code: 'offline' });
  await (await loadEngine({ model: MODEL })).dispose();
  await hub.stop();
  for (const offline of [true, false]) {
    await using engine = await loadEngine({ model: MODEL, offline });
    expect(engine.info.model).toBe('owner/tiny-llama');
  }
});
