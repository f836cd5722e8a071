// Each part of an engine fails at each of its calls, in every possible way. A part that one request uses fails that request;
// a step fails the requests in it; the disk and observers fail no request. The engine keeps serving with the same bits.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { QuireError } from '../../src/base/errors.ts';
import { Engine, type EngineOptions } from '../../src/engine/engine.ts';
import { DiskOffloadStore } from '../../src/engine/node/disk-offload-store.ts';
import { loadModel } from '../../src/engine/node/load-model.ts';
import { type ConversationMessage, createConversation } from '../../src/index.ts';
import type { Backend } from '../../src/kernels/backend.ts';
import { PagedCapacity } from '../../src/kv/paged-capacity.ts';
import { FAULT, Faults, faultyModel } from '../support/faults/fault-injection.ts';
import { fixture } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MODEL = fixture('tiny-llama');
const MOST = process.env.QUIRE_FULL === '1' ? 1000 : 3;
const CHOSEN = { maxTokens: 6, temperature: 0.8, seed: 3, logprobs: 2 };

/** Methods that must be called, so that the test covers them. */
const CALLED = [
  ...['executable.step', 'template.encodeAsync'],
  ...['tokenizer.bytes', 'tokenizer.encodeSteps', 'tokenizer.encodePromptAsync'],
];

const faults = new Faults();
const folder = temporaryFolder('faulty');
let engine: Engine;
const warnings: string[] = [];

async function start(options: EngineOptions = {}): Promise<Engine> {
  return Engine.create(faultyModel(await loadModel({ model: MODEL }), faults), {
    blockSize: 4,
    stepTokens: 16,
    context: 48,
    kvMemory: 16 * 1024, // too little for all requests at the same time
    onWarning: ({ fullLine }) => warnings.push(fullLine),
    ...options,
  });
}

/** Serves four requests that use different parts of the engine. Returns their outcomes. */
async function serve(): Promise<PromiseSettledResult<unknown>[]> {
  const bits = ({ tokens, text, logprobs }: { tokens: unknown; text: unknown; logprobs?: unknown }) => ({
    tokens,
    text,
    logprobs,
  });
  const chat = createConversation(engine, { system: 'x' });
  const results = [
    engine.generate({ tokens: [5, 6, 7, 8, 9, 10, 11, 12], ...CHOSEN }).result.then(bits),
    engine
      .generate({ prompt: 'one two', raw: true, stop: ['zz'], badWords: ['a'], ...CHOSEN })
      .result.then(bits),
    engine.generate({ messages: [{ role: 'user', content: 'hi' }], ...CHOSEN }).result.then(bits),
    chat.send('hello', CHOSEN).result.then(bits),
  ];
  const settled = await Promise.allSettled(results);
  const roles = chat.messages.map(({ role }: ConversationMessage) => role);
  const [last] = settled.slice(-1);
  // A failed turn leaves the history unchanged.
  expect(roles).toEqual(last?.status === 'fulfilled' ? ['system', 'user', 'assistant'] : ['system']);
  expect(chat.busy).toBe(false);
  return settled;
}

async function expectIdle(): Promise<void> {
  await expect.poll(() => engine.counters).toMatchObject({ running: 0, waiting: 0 });
  expect(engine.kvUsage.reservedBytes).toBe(0);
}

describe.each<[string, EngineOptions, readonly string[]]>([
  ['an engine without a disk', { draftTokens: 2 }, []],
  [
    'an engine with a disk',
    { kvDisk: 2 ** 24 },
    ['disk.load', 'disk.store', 'executable.readBlock', 'executable.writeBlock'],
  ],
])('%s', (_name, options, more) => {
  let expected: readonly PromiseSettledResult<unknown>[];
  let restore: () => void;

  beforeAll(async () => {
    restore = faults.patch('disk', DiskOffloadStore.prototype, ['load', 'store']);
    engine = await start({ ...options, ...(options.kvDisk === undefined ? {} : { kvDiskFolder: folder }) });
    expected = await serve();
    expect(expected.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  });
  afterAll(async () => {
    restore();
    await engine.dispose();
  });

  test('a failing call fails the requests that use it, and no later one', { timeout: 300_000 }, async () => {
    const needed = [...CALLED, ...more];
    // Until blocks were stored on disk and loaded from it.
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
        if (one.status === 'fulfilled') expect(one, shown).toEqual(expected[i]);
      });
      if (/Block$|^disk/.test(way.method)) expect(failed, shown).toHaveLength(0);
      else if (!way.method.startsWith('executable.')) expect(failed.length, shown).toBeLessThan(2);
      if (way.method === 'executable.step' && faults.struck) expect(failed.length, shown).toBeGreaterThan(0);
      faults.disarm();
      await expectIdle();
      if (way.method === 'executable.step') expect(await serve(), shown).toEqual(expected);
    }
    expect(await serve()).toEqual(expected);
    await expectIdle();
  });
});

describe('functions of the caller', () => {
  test('an observer that fails at any of its calls fails no request', async () => {
    engine = await start();
    const expected = await serve();
    const observer = { onToken: () => {}, onEnd: () => {} };
    const seen = new Faults();
    for (let at = 0; at < 3; at++) {
      for (const method of ['observer.onToken', 'observer.onEnd']) {
        const leave = engine.observe(seen.wrap('observer', observer));
        seen.arm({ method, at, mode: 'throws' });
        expect(await serve()).toEqual(expected);
        expect(seen.struck).toBe(true);
        leave();
      }
    }
    expect(warnings.at(-1)).toContain(FAULT);
    await engine.dispose();
  });
});

test('no memory for block tables is an error, and everything allocated before is released', async () => {
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
  const next = await Engine.create(model, options); // the folder of the disk is free again
  expect(next.counters.disk?.active).toBe(true);
  expect(codes).toEqual([]);
  await next.dispose();
  model.dispose();
});
