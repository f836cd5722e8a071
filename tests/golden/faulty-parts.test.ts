// Injects faults into every call of each part of an engine. A fault in a part that serves one request must fail this request
// only, a fault in a step only the requests in this step, and a fault of the disk or an observer no request. After each fault
// the engine must serve with the same bits as before.

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
const MAX_FAULTS_PER_METHOD = process.env.QUIRE_FULL === '1' ? 1000 : 3;
const SAMPLED = { maxTokens: 6, temperature: 0.8, seed: 3, logprobs: 2 };

/** Methods that must be called, so that the test covers them. */
const REQUIRED_METHODS = [
  ...['executable.step', 'template.encodeAsync'],
  ...['tokenizer.bytes', 'tokenizer.encodeSteps', 'tokenizer.encodePromptAsync'],
];

const faults = new Faults();
const folder = temporaryFolder('faulty');
let engine: Engine;
const warnings: string[] = [];

async function createFaultyEngine(options: EngineOptions = {}): Promise<Engine> {
  return Engine.create(faultyModel(await loadModel({ model: MODEL }), faults), {
    blockSize: 4,
    stepTokens: 16,
    context: 48,
    kvMemory: 16 * 1024, // too little for all requests at the same time
    onWarning: ({ fullLine }) => warnings.push(fullLine),
    ...options,
  });
}

/** Serves four requests that use different parts of the engine, and returns their outcomes. */
async function serveRequests(): Promise<PromiseSettledResult<unknown>[]> {
  const comparedFields = ({
    tokens,
    text,
    logprobs,
  }: {
    tokens: unknown;
    text: unknown;
    logprobs?: unknown;
  }) => ({
    tokens,
    text,
    logprobs,
  });
  const chat = createConversation(engine, { system: 'x' });
  const results = [
    engine.generate({ tokens: [5, 6, 7, 8, 9, 10, 11, 12], ...SAMPLED }).result.then(comparedFields),
    engine
      .generate({ prompt: 'one two', raw: true, stop: ['zz'], badWords: ['a'], ...SAMPLED })
      .result.then(comparedFields),
    engine.generate({ messages: [{ role: 'user', content: 'hi' }], ...SAMPLED }).result.then(comparedFields),
    chat.send('hello', SAMPLED).result.then(comparedFields),
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
])('%s', (_name, options, diskMethods) => {
  let expected: readonly PromiseSettledResult<unknown>[];
  let restore: () => void;

  beforeAll(async () => {
    restore = faults.patch('disk', DiskOffloadStore.prototype, ['load', 'store']);
    engine = await createFaultyEngine({
      ...options,
      ...(options.kvDisk === undefined ? {} : { kvDiskFolder: folder }),
    });
    expected = await serveRequests();
    expect(expected.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  });
  afterAll(async () => {
    restore();
    await engine.dispose();
  });

  test('if a call fails, only requests that depend on the call fail', { timeout: 300_000 }, async () => {
    const needed = [...REQUIRED_METHODS, ...diskMethods];
    // Repeats until all required methods were called, among them those that store blocks on disk and load them.
    for (let round = 0; round < 50 && !needed.every((method) => faults.calls.has(method)); round++)
      await serveRequests();
    const plannedFaults = faults.possibleFaults(MAX_FAULTS_PER_METHOD);
    const called = plannedFaults.map(({ method }) => method);
    expect(called).toEqual(expect.arrayContaining(needed));
    for (const planned of plannedFaults) {
      faults.arm(planned);
      const outcomes = await serveRequests();
      const fault = `${planned.method} ${planned.mode} at call ${planned.callIndex}`;
      const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
      for (const { reason } of failed) expect(String(reason), fault).toContain(FAULT);
      outcomes.forEach((outcome, i) => {
        if (outcome.status === 'fulfilled') expect(outcome, fault).toEqual(expected[i]);
      });
      if (/Block$|^disk/.test(planned.method)) expect(failed, fault).toHaveLength(0);
      else if (!planned.method.startsWith('executable.')) expect(failed.length, fault).toBeLessThan(2);
      if (planned.method === 'executable.step' && faults.hasOccurred)
        expect(failed.length, fault).toBeGreaterThan(0);
      faults.disarm();
      await expectIdle();
      if (planned.method === 'executable.step') expect(await serveRequests(), fault).toEqual(expected);
    }
    expect(await serveRequests()).toEqual(expected);
    await expectIdle();
  });
});

describe('an observer', () => {
  test('fails no request when one of its calls throws', async () => {
    engine = await createFaultyEngine();
    const expected = await serveRequests();
    const observer = { onToken: () => {}, onEnd: () => {} };
    const observerFaults = new Faults();
    for (let callIndex = 0; callIndex < 3; callIndex++) {
      for (const method of ['observer.onToken', 'observer.onEnd']) {
        const removeObserver = engine.observe(observerFaults.wrap('observer', observer));
        observerFaults.arm({ method, callIndex, mode: 'throws' });
        expect(await serveRequests()).toEqual(expected);
        expect(observerFaults.hasOccurred).toBe(true);
        removeObserver();
      }
    }
    expect(warnings.at(-1)).toContain(FAULT);
    await engine.dispose();
  });
});

test('Engine.create rejects with out_of_memory if block tables cannot be allocated, and releases all memory that was allocated before', async () => {
  const diskFolder = join(folder, 'tables');
  const options = {
    kvDisk: 2 ** 24,
    kvDiskFolder: diskFolder,
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
  const next = await Engine.create(model, options); // the disk folder is unlocked again
  expect(next.counters.disk?.active).toBe(true);
  expect(codes).toEqual([]);
  await next.dispose();
  model.dispose();
});
