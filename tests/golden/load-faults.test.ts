// Injects faults while a model is loaded: files that are too short or become shorter, errors of the system, a cancelled load, and the
// end of the process. The error must name the tensor and its file, and no descriptor, thread or memory may remain.

import { execFile } from 'node:child_process';
import {
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ModelFile } from '../../src/base/model/model-file.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngineOn } from '../../src/engine/load-engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { NODE_PORTS } from '../../src/engine/node/node-ports.ts';
import { type Backend, native, nativeUnavailable, reference } from '../../src/kernels/index.ts';
import { findKernels } from '../../src/kernels/native/node/find-addon.ts';
import { openModelToLoad } from '../../src/models/node/open-model-file.ts';
import { buildProgram } from '../../src/models/registry.ts';
import { lower } from '../../src/program/lower.ts';
import { fixture, ROOT } from '../support/fixtures.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const KV = { kvMemory: 2 ** 22, context: 64 };
const BACKENDS: readonly [string, () => Backend][] = [
  ['reference', reference],
  ...(nativeUnavailable() === undefined ? [['native', native] as [string, () => Backend]] : []),
];
const isLinux = process.platform === 'linux';

const folder = temporaryFolderForEachTest('load-faults');

/** Returns the path of a copy, which the test may damage. */
function copyOf(name: string): string {
  const path = join(folder(), name);
  cpSync(fixture(name), path, { recursive: true });
  return path;
}

const countEntries = (path: string): number => (isLinux ? readdirSync(path).length : 0);
const openDescriptors = (): number => countEntries('/proc/self/fd');
const threads = (): number => countEntries('/proc/self/task');

const TOKENS = [5, 6, 7, 8, 9];
async function answerOf(engine: Engine): Promise<readonly number[]> {
  return (await engine.generate({ tokens: TOKENS, maxTokens: 8, temperature: 0 }).result).tokens;
}

/** Returns a function that shortens a file after its header was read. */
const shorten =
  (path: string, size: number) =>
  (file: ModelFile): ModelFile => {
    truncateSync(path, size);
    return file;
  };

/** Loads an engine whose model file `change` damages between reading the header and reading the weights. */
function loadChanged(
  backend: Backend,
  path: string,
  change: (file: ModelFile) => ModelFile,
): Promise<Engine> {
  const openModel = async (model: string): Promise<ModelFile> => {
    const file = await openModelToLoad(model);
    return change(file);
  };
  return loadEngineOn({ ...NODE_PORTS, openModel }, { model: path, backend, ...KV });
}

describe.each(BACKENDS)('with the %s backend', (_name, createBackend) => {
  let descriptors: number;
  let firstThreads: number;
  beforeEach(async () => {
    await (
      await loadEngine({ model: fixture('tiny-llama-f16.gguf'), backend: createBackend(), ...KV })
    ).dispose();
    descriptors = openDescriptors();
    firstThreads = threads();
  });
  afterEach(async () => {
    await expect.poll(openDescriptors).toBe(descriptors);
    await expect.poll(threads).toBeLessThanOrEqual(firstThreads);
  });

  test.each(['tiny-llama-f16.gguf', 'tiny-llama-biased-q4_0.gguf'])(
    'a truncated file is rejected (%s)',
    async (name) => {
      const path = copyOf(name);
      const { length } = readFileSync(path);
      for (const size of [length - 1, Math.floor(length * 0.6)]) {
        truncateSync(path, size);
        const error = await loadEngine({ model: path, backend: createBackend(), ...KV }).catch(
          (e: unknown) => e,
        );
        expect(error).toMatchObject({ code: 'bad_gguf' });
        expect(String(error)).toContain(path);
        expect(String(error)).toMatch(/tensor \S+ ends at byte \d+, the file at \d+/);
      }
    },
  );

  test.each(['tiny-llama-f16.gguf', 'tiny-llama', 'tiny-gpt2'])(
    'a file that becomes shorter after its header was read is rejected with the tensor (%s)',
    async (name) => {
      const path = copyOf(name);
      const weights = name.endsWith('.gguf') ? path : join(path, 'model.safetensors');
      const { length } = readFileSync(weights);
      for (const size of [length - 1, length - 1000, 100]) {
        const original = readFileSync(weights);
        const loading = loadChanged(createBackend(), path, shorten(weights, size));
        const error = await loading.catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: 'file_unreadable', hint: expect.stringMatching(/incomplete/) });
        expect(String(error)).toMatch(/tensor \S+\.(weight|bias): /);
        expect(String(error)).toContain(`${weights} ends before byte`);
        writeFileSync(weights, original);
      }
      await using engine = await loadEngine({ model: path, backend: createBackend(), ...KV });
      expect(await answerOf(engine)).toHaveLength(8);
    },
  );

  test('shards of a checkpoint that are absent or too short are rejected with the file and the tensor', async () => {
    const path = copyOf('tiny-llama');
    const [first, second] = splitCheckpoint(path);
    const whole = readFileSync(second);
    await using engine = await loadEngine({ model: path, backend: createBackend(), ...KV });
    await using original = await loadEngine({
      model: fixture('tiny-llama'),
      backend: createBackend(),
      ...KV,
    });
    expect(await answerOf(engine)).toEqual(await answerOf(original));
    truncateSync(second, whole.length - 4);
    const short = await loadEngine({ model: path, backend: createBackend(), ...KV }).catch((e: unknown) => e);
    expect(short).toMatchObject({ code: 'bad_safetensors', message: expect.stringContaining(second) });
    expect(String(short)).toMatch(/tensor \S+\.weight ends at byte/);
    writeFileSync(second, whole);
    const shortened = await loadChanged(createBackend(), path, shorten(first, 2000)).catch((e: unknown) => e);
    expect(shortened).toMatchObject({ code: 'file_unreadable', message: expect.stringContaining(first) });
    expect(String(shortened)).toMatch(/tensor \S+\.weight: /);
    rmSync(first);
    await expect(loadEngine({ model: path, backend: createBackend(), ...KV })).rejects.toMatchObject({
      code: 'file_not_found',
      message: expect.stringContaining(first),
    });
  });

  test('several engines that load the same file at the same time answer alike', async () => {
    const model = fixture('tiny-llama-f16.gguf');
    const engines = await Promise.all(
      Array.from({ length: 4 }, () => loadEngine({ model, backend: createBackend(), ...KV })),
    );
    const answers = await Promise.all(engines.map(answerOf));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(new Set(engines.map(({ info }) => info.fingerprint)).size).toBe(1);
    await Promise.all(engines.map((engine) => engine.dispose()));
  });

  test('an aborted load rejects with the reason, before and while the weights are read', async () => {
    for (const abortFirst of [true, false]) {
      await using file = await openForBackend(createBackend());
      const abort = new AbortController();
      const reason = new Error('not needed any more');
      if (abortFirst) abort.abort(reason);
      const loading = file.load(abort.signal);
      abort.abort(reason);
      await expect(loading).rejects.toBe(reason);
    }
  });

  test('an invalid tokenizer ends the load and frees the weights', async () => {
    const error = Object.assign(new Error('invalid'), { code: 'bad_tokenizer' });
    const loading = loadChanged(createBackend(), fixture('tiny-llama-f16.gguf'), (file) => ({
      ...file,
      get tokenizer(): never {
        throw error;
      },
    }));
    await expect(loading).rejects.toBe(error);
  });
});

describe.runIf(nativeUnavailable() === undefined)('the native backend', () => {
  test.runIf(isLinux)('names the tensor and the file of an error of the system', async () => {
    const unreadable = openSync('/proc/self/mem', 'r'); // its first page is not mapped: reading it is EIO
    const path = fixture('tiny-llama-f16.gguf');
    const damaged = 'model.layers.1.mlp.down_proj.weight';
    const loading = loadChanged(native(), path, (file) => ({
      ...file,
      rangeOf: (name) =>
        name === damaged
          ? { file: '/disk/model.gguf', descriptor: unreadable, offset: 0 }
          : file.rangeOf?.(name),
    }));
    await expect(loading).rejects.toMatchObject({
      code: 'file_unreadable',
      message: `tensor ${damaged}: /disk/model.gguf cannot be read (EIO)`,
    });
    closeSync(unreadable);
  });

  test('does not need the model file after the load has started', async () => {
    const file = await openForBackend(native());
    const loading = file.load();
    await file[Symbol.asyncDispose]();
    (await loading).dispose();
  });

  test('rejects a descriptor that is not open', async () => {
    const loading = loadChanged(native(), fixture('tiny-llama-f16.gguf'), (file) => ({
      ...file,
      rangeOf: () => ({ file: 'closed.gguf', descriptor: 2 ** 20, offset: 0 }),
    }));
    await expect(loading).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringContaining('Bad file descriptor'),
      hint: expect.stringContaining('limit of open files'),
    });
  });

  test('frees the weights after every failed load', async () => {
    const addon = findKernels().addon!;
    const created = vi.spyOn(addon, 'createWeights');
    const freed = vi.spyOn(addon, 'disposeWeights');
    const path = copyOf('tiny-llama-f16.gguf');
    const original = readFileSync(path);
    for (const size of [original.length - 1, 2000]) {
      await expect(loadChanged(native(), path, shorten(path, size))).rejects.toThrow();
      writeFileSync(path, original);
    }
    expect(created).toHaveBeenCalledTimes(2);
    expect(freed.mock.calls.flat()).toEqual(created.mock.results.map(({ value }) => value));
    vi.restoreAllMocks();
  });

  test('rejects parts that do not match the weights', () => {
    const addon = findKernels().addon!;
    const weights = addon.createWeights(addon.instructionSets().at(-1)!);
    const matrix = addon.addMatrix(weights, 0, 40, 32); // F32: a row has 128 bytes
    const vector = addon.reserveVector(weights, 10);
    const create = (...part: number[]) => addon.createFileLoad(weights, Float64Array.from(part), 100);
    create(0, 0, 5, 40 * 128, matrix, 0, 0);
    create(1, 0, 5, 40, vector, 0, 0);
    create(2, 0, 5, 64, 0, 36, 0);
    for (const part of [
      [0, 0, 5, 41 * 128, matrix, 0, 0],
      [0, 0, 5, 40 * 128 - 1, matrix, 0, 0],
      [0, 0, 5, 128, matrix, 0, 0],
      [0, 0, 5, 16 * 128, matrix, 1, 0],
      [0, 0, 5, 16 * 128, matrix, 2 ** 52, 0],
      [0, 0, 5, 40 * 128, matrix + 1, 0, 0],
      [0, 0, 5, 0, matrix, 0, 0],
      [0, 0, -5, 40 * 128, matrix, 0, 0],
      [0, 0, Number.NaN, 40 * 128, matrix, 0, 0],
      [1, 0, 5, 44, vector, 0, 0],
      [1, 0, 5, 40, vector + 1, 0, 0],
      [1, 0, 5, 40, vector, 0, 11],
      [2, 0, 5, 65, 0, 36, 0],
      [2, 0, 5, 64, 0, 2 ** 53 - 2, 0],
      [3, 0, 5, 64, 0, 36, 0],
      [0, 0, 5],
    ])
      expect(() => create(...part), part.join(', ')).toThrow(
        expect.objectContaining({ code: 'bad_argument' }),
      );
    const load = create(0, 1, 0, 40 * 128, matrix, 0, 0);
    expect(() => addon.runFileLoad(load, Int32Array.of(0), 1)).toThrow(); // it needs two descriptors
    addon.disposeWeights(weights);
  });

  test.each([
    ['process.exit', 'loadEngine(request); setImmediate(() => process.exit(7));'],
    [
      'a worker that is terminated',
      `const { Worker } = await import('node:worker_threads');
      const worker = new Worker(process.argv[3], { workerData: { library, request }, execArgv: [] });
      worker.once('message', async () => {
        await worker.terminate();
        // The kernels must remain in memory, because their threads are still running.
        const { readFileSync } = await import('node:fs');
        const isLoaded = process.platform !== 'linux' || readFileSync('/proc/self/maps').includes('quire.node');
        process.exitCode = isLoaded ? 7 : 8;
      });`,
    ],
    [
      'an error',
      `await loadEngine({ ...request, model: process.argv[2] }).catch(({ code }) => {
        process.exitCode = code === 'bad_gguf' ? 7 : 8;
      });`,
    ],
  ])('lets the process end while threads load weights (%s)', async (_name, program) => {
    const truncated = copyOf('tiny-llama-f16.gguf');
    truncateSync(truncated, readFileSync(truncated).length - 1);
    const worker = join(folder(), 'worker.mjs');
    writeFileSync(
      worker,
      `import { parentPort, workerData } from 'node:worker_threads';
      const { loadEngine } = await import(workerData.library);
      loadEngine(workerData.request);
      setImmediate(() => parentPort.postMessage('loading'));`,
    );
    const script = `
      const library = new URL('dist/index.js', 'file://' + process.cwd() + '/').href;
      const { loadEngine } = await import(library);
      const request = { model: process.argv[1], kvMemory: 2 ** 22, context: 64 };
      ${program}`;
    const args = ['--input-type=module', '--eval', script, fixture('tiny-llama-f16.gguf'), truncated, worker];
    const ended = promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 60_000 });
    await expect(ended).rejects.toMatchObject({ code: 7, signal: null, stderr: '' });
  });
});

/** Opens a tiny model so that a test can call `loadWeights` of the backend. */
async function openForBackend(backend: Backend) {
  const file = await openModelToLoad(fixture('tiny-llama-f16.gguf'));
  const { weights } = lower(buildProgram(file.config, file.tensors), backend.target);
  return {
    load: (signal?: AbortSignal) =>
      backend.loadWeights(
        weights,
        {
          byteLength: (name) => file.tensors.get(name)!.byteLength,
          readInto: (name, target, from) => file.readInto(name, target, from),
          files: { rangeOf: (name) => file.rangeOf?.(name), samplesOf: () => [], addSamples: () => {} },
        },
        undefined,
        signal,
      ),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** Divides the file of a checkpoint into two shards with an index. Returns their paths. */
function splitCheckpoint(path: string): readonly [string, string] {
  const file = join(path, 'model.safetensors');
  const bytes = readFileSync(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  names.sort((a, b) => header[a]!.data_offsets[0] - header[b]!.data_offsets[0]);
  const weightMap: Record<string, string> = {};
  const paths = [names.slice(0, 5), names.slice(5)].map((shardNames, i) => {
    const shard = `model-0000${i + 1}-of-00002.safetensors`;
    const start = header[shardNames[0]!]!.data_offsets[0];
    const end = header[shardNames.at(-1)!]!.data_offsets[1];
    const entries = shardNames.map((name) => {
      weightMap[name] = shard;
      return [
        name,
        { ...header[name], data_offsets: header[name]!.data_offsets.map((offset) => offset - start) },
      ];
    });
    const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const data = bytes.subarray(8 + headerBytes + start, 8 + headerBytes + end);
    writeFileSync(join(path, shard), Buffer.concat([length, text, data]));
    return join(path, shard);
  });
  writeFileSync(join(path, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
  rmSync(file);
  return paths as [string, string];
}
