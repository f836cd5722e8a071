// Every part of an engine fails at every one of its calls, in every way in which it can. What one request needs fails
// that request; a step fails those that are in it; a disk and an observer fail nobody. And the engine serves on, with
// the same bits.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { QuireError } from '../../src/base/errors.ts';
import { Engine, type EngineOptions } from '../../src/engine/engine.ts';
import { DiskOffloadStore } from '../../src/engine/node/disk-offload-store.ts';
import { loadModel } from '../../src/engine/node/load-model.ts';
import { type ConversationMessage, createConversation } from '../../src/index.ts';
import type { Backend } from '../../src/kernels/backend.ts';
import { PagedCapacity } from '../../src/kv/paged-capacity.ts';
import { FAULT, Faults } from '../support/faults/fault-injection.ts';

const MODEL = fileURLToPath(new URL('./fixtures/tiny-llama', import.meta.url));
const MOST = process.env.QUIRE_FULL === '1' ? 1000 : 3;
const CHOSEN = { maxTokens: 6, temperature: 0.8, seed: 3, logprobs: 2 };

/** What must be among the calls, or this test is about nothing. */
const CALLED = [
  ...['executable.step', 'template.encodeAsync'],
  ...['tokenizer.bytes', 'tokenizer.encodeSteps', 'tokenizer.encodePromptAsync'],
];

const faults = new Faults();
let folder: string;
let engine: Engine;
const warnings: string[] = [];

async function start(options: EngineOptions = {}): Promise<Engine> {
  const model = await loadModel({ model: MODEL });
  const { backend } = model;
  const tokenizer = faults.wrap('tokenizer', model.tokenizer);
  const template = faults.wrap('template', model.template!);
  return Engine.create(
    {
      ...model,
      tokenizer,
      template,
      backend: {
        ...backend,
        createExecutable: async (request) =>
          faults.wrap('executable', await backend.createExecutable(request)),
      },
    },
    {
      blockSize: 4,
      stepTokens: 16,
      context: 48,
      kvMemory: 16 * 1024, // too little for all at once
      onWarning: ({ fullLine }) => warnings.push(fullLine),
      ...options,
    },
  );
}

/** What four callers get, each of whom uses other parts of the engine. */
async function serve(): Promise<PromiseSettledResult<unknown>[]> {
  const bits = ({ tokens, text, logprobs }: { tokens: unknown; text: unknown; logprobs?: unknown }) => ({
    tokens,
    text,
    logprobs,
  });
  const chat = createConversation(engine, { system: 'x' });
  const asked = [
    engine.generate({ tokens: [5, 6, 7, 8, 9, 10, 11, 12], ...CHOSEN }).result.then(bits),
    engine
      .generate({ prompt: 'one two', raw: true, stop: ['zz'], badWords: ['a'], ...CHOSEN })
      .result.then(bits),
    engine.generate({ messages: [{ role: 'user', content: 'hi' }], ...CHOSEN }).result.then(bits),
    chat.send('hello', CHOSEN).result.then(bits),
  ];
  const settled = await Promise.allSettled(asked);
  const kept = chat.messages.map(({ role }: ConversationMessage) => role);
  const [last] = settled.slice(-1);
  // A turn that failed leaves the history as it was.
  expect(kept).toEqual(last?.status === 'fulfilled' ? ['system', 'user', 'assistant'] : ['system']);
  expect(chat.busy).toBe(false);
  return settled;
}

async function expectIdle(): Promise<void> {
  await expect.poll(() => engine.counters).toMatchObject({ running: 0, waiting: 0 });
  expect(engine.kvUsage.reservedBytes).toBe(0);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-faulty-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each<[string, EngineOptions, readonly string[]]>([
  ['in memory', { draftTokens: 2 }, []],
  [
    'with a disk',
    { kvDisk: 2 ** 24 },
    ['disk.load', 'disk.store', 'executable.readBlock', 'executable.writeBlock'],
  ],
])('%s', (_name, options, more) => {
  let right: readonly PromiseSettledResult<unknown>[];
  let restore: () => void;

  beforeAll(async () => {
    restore = faults.patch('disk', DiskOffloadStore.prototype, ['load', 'store']);
    engine = await start({ ...options, ...(options.kvDisk === undefined ? {} : { kvDiskFolder: folder }) });
    right = await serve();
    expect(right.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  });
  afterAll(async () => {
    restore();
    await engine.dispose();
  });

  test('every call that fails fails whom it belongs to, and nobody later', { timeout: 300_000 }, async () => {
    const needed = [...CALLED, ...more];
    // Until some is on the disk, and comes back from there.
    for (let round = 0; round < 50 && !needed.every((method) => faults.calls.has(method)); round++)
      await serve();
    const ways = faults.ways(MOST);
    const called = ways.map(({ method }) => method);
    expect(called).toEqual(expect.arrayContaining(needed));
    for (const way of ways) {
      faults.arm(way);
      const outcomes = await serve();
      const shown = `${way.method} ${way.mode} at call ${way.at}`;
      const failed = outcomes.filter((one) => one.status === 'rejected');
      for (const { reason } of failed) expect(String(reason), shown).toContain(FAULT);
      outcomes.forEach((one, i) => {
        if (one.status === 'fulfilled') expect(one, shown).toEqual(right[i]);
      });
      if (/Block$|^disk/.test(way.method)) expect(failed, shown).toHaveLength(0);
      else if (!way.method.startsWith('executable.')) expect(failed.length, shown).toBeLessThan(2);
      if (way.method === 'executable.step' && faults.struck) expect(failed.length, shown).toBeGreaterThan(0);
      faults.disarm();
      await expectIdle();
      if (way.method === 'executable.step') expect(await serve(), shown).toEqual(right);
    }
    expect(await serve()).toEqual(right);
    await expectIdle();
  });
});

describe('functions of the caller', () => {
  test('an observer that fails at any of its calls fails nobody', async () => {
    engine = await start();
    const right = await serve();
    const observer = { onToken: () => {}, onEnd: () => {} };
    const seen = new Faults();
    for (let at = 0; at < 3; at++) {
      for (const method of ['observer.onToken', 'observer.onEnd']) {
        const leave = engine.observe(seen.wrap('observer', observer));
        seen.arm({ method, at, mode: 'throws' });
        expect(await serve()).toEqual(right);
        expect(seen.struck).toBe(true);
        leave();
      }
    }
    expect(warnings.at(-1)).toContain(FAULT);
    await engine.dispose();
  });
});

test('no memory for block tables is an error, and what was taken before is given back', async () => {
  const own = join(folder, 'tables');
  const options = {
    kvDisk: 2 ** 24,
    kvDiskFolder: own,
    onWarning: ({ code }: QuireError) => codes.push(code),
  };
  const codes: string[] = [];
  const model = await loadModel({ model: MODEL });
  const disposed: number[] = [];
  const backend: Backend = {
    ...model.backend,
    async createExecutable(request) {
      const executable = await model.backend.createExecutable(request);
      const dispose = executable.dispose.bind(executable);
      return Object.assign(executable, {
        dispose() {
          disposed.push(1);
          return dispose();
        },
      });
    },
  };
  const noMemory = vi.spyOn(PagedCapacity.prototype, 'longestSequence', 'get').mockImplementation(() => {
    throw new RangeError('Array buffer allocation failed');
  });
  await expect(Engine.create({ ...model, backend }, options)).rejects.toMatchObject({
    code: 'out_of_memory',
    message: expect.stringContaining('block tables'),
  });
  noMemory.mockRestore();
  expect(disposed).toHaveLength(1);
  const next = await Engine.create(model, options); // which has the folder of the disk
  expect(next.counters.disk?.active).toBe(true);
  expect(codes).toEqual([]);
  await next.dispose();
  model.dispose();
});
