// Keys and values on disk: those of another engine or process are found and have the same bits, and after damage to a file,
// a folder or a disk the answer is still the same.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { QuireError } from '../../src/base/errors.ts';
import type { GenerationResult } from '../../src/completion/generation.ts';
import { type LoadEngineOptions, loadEngine } from '../../src/index.ts';
import { nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';
import { fixture } from '../support/fixtures.ts';
import { fullBlocks, promptsOf } from '../support/kv/disk-prompts.js';
import { randomInteger, randomNumbers } from '../support/random.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const CHILD = fileURLToPath(new URL('../support/kv/disk-process.js', import.meta.url));
const MODEL = fixture('tiny-llama');
const backend = nativeUnavailable() === undefined ? 'native' : 'reference';
const GREEDY = { maxTokens: 12, minTokens: 12, temperature: 0 };
const prompt = Array.from({ length: 60 }, (_, i) => (i * 7) % 250);

const folder = temporaryFolderForEachTest('disk');
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

const onDisk = (): LoadEngineOptions => ({ kvDisk: 2 ** 26, kvDiskFolder: folder() });

interface Answer {
  readonly result: GenerationResult;
  /** of each step that chose a token */
  readonly logits: readonly Float32Array[];
  readonly failedBlocks: number | undefined;
}

/** Returns one answer of a new engine. */
async function answer(options: LoadEngineOptions, tokens = prompt, salt?: string): Promise<Answer> {
  const logits: Float32Array[] = [];
  await using engine = await loadEngine({
    model: MODEL,
    blockSize: 8,
    ...options,
    onStep: ({ logitsRows }, result) => {
      if (logitsRows.length > 0) logits.push(result.logits!);
    },
  });
  const request = {
    tokens,
    ...GREEDY,
    ...(salt === undefined ? {} : { cacheSalt: salt }),
  };
  const result = await engine.generate(request).result;
  return { result, logits, failedBlocks: engine.counters.disk?.failedBlocks };
}

const bitsOf = (logits: readonly Float32Array[]): Buffer[] =>
  logits.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));

async function blockFiles(): Promise<string[]> {
  const names = await readdir(folder(), { recursive: true });
  return names
    .filter((name) => name.endsWith('.kv'))
    .map((name) => join(folder(), name))
    .sort();
}

const NATIVE: readonly [string, LoadEngineOptions][] = [
  ['native', { backend }],
  ['native, in f32', { backend, kvDtype: 'f32' }],
  ['native, in int8', { backend, kvDtype: 'int8' }],
  ['native, another block size', { backend, blockSize: 16 }],
];
const KINDS: readonly [string, LoadEngineOptions][] = [
  ['the reference', { backend: 'reference' }],
  ['the reference, in int8', { backend: 'reference', kvDtype: 'int8' }],
  [
    'the reference, a model with sliding layers',
    { backend: 'reference', model: fixture('tiny-qwen2-window') },
  ],
  ...(backend === 'native' ? NATIVE : []),
];

describe.each(KINDS)('on %s', (_name, options) => {
  it('keys and values of another engine are found and have the same bits', async () => {
    const fresh = await answer(options);
    const first = await answer({ ...options, ...onDisk() });
    expect(first.result).toMatchObject({ cachedTokens: 0, tokens: fresh.result.tokens });
    const restored = await answer({ ...options, ...onDisk() });
    const fullBlockTokens = Math.floor(59 / (options.blockSize ?? 8)) * (options.blockSize ?? 8);
    expect(restored.result.cache).toMatchObject({ memoryTokens: 0, diskTokens: fullBlockTokens });
    expect(restored.result).toMatchObject({
      tokens: fresh.result.tokens,
      computedTokens: 60 - fullBlockTokens + 11,
    });
    expect(bitsOf(restored.logits)).toEqual(bitsOf(fresh.logits));
  });
});

it.each(backend === 'native' ? ['reference', 'native'] : ['reference'])(
  'keys and values of another process are found on the %s backend',
  async (name) => {
    const child = startChild({ backend: name, mode: '--once' });
    expect(await child.line()).toEqual({ active: true });
    await once(child.process, 'close');
    const options = { backend: name as 'reference', kvMemory: 2 ** 20 };
    for (const tokens of promptsOf(1, 0)) {
      const fresh = await answer(options, tokens);
      const restored = await answer({ ...options, ...onDisk() }, tokens);
      expect(restored.result.cache.diskTokens).toBe(24);
      expect(bitsOf(restored.logits)).toEqual(bitsOf(fresh.logits));
    }
  },
);

describe('no stored block is used', () => {
  it('for another salt, KV type, block size or model', async () => {
    await answer(onDisk(), prompt, 'one');
    expect((await answer(onDisk(), prompt, 'one')).result.cache.diskTokens).toBe(56);
    expect((await answer(onDisk(), prompt, 'two')).result.cache.diskTokens).toBe(0);
    for (const other of [
      { kvDtype: 'int8' },
      { blockSize: 4 },
      { model: fixture('tiny-mistral') },
    ] as const) {
      const fresh = await answer(other, prompt, 'one');
      const { result } = await answer({ ...onDisk(), ...other }, prompt, 'one');
      expect([result.cache.diskTokens, result.tokens]).toEqual([0, fresh.result.tokens]);
    }
  });

  it('after a damaged file, and the answer is correct', async () => {
    const fresh = await answer({});
    const random = randomNumbers(7);
    const damages = [
      async (path: string): Promise<void> => {
        const bytes = await readFile(path);
        bytes[randomInteger(random, bytes.length)]! ^= 1 << randomInteger(random, 8);
        await writeFile(path, bytes);
      },
      async (path: string): Promise<void> => truncate(path, randomInteger(random, (await stat(path)).size)),
      async (path: string): Promise<void> => writeFile(path, 'something else'),
      async (path: string): Promise<void> => {
        const all = await blockFiles();
        const other = all.find((one) => one !== path)!;
        await writeFile(path, await readFile(other)); // a valid file under the wrong name
      },
    ];
    for (let i = 0; i < 16; i++) {
      await answer(onDisk());
      const files = await blockFiles();
      expect(files).toHaveLength(8);
      await damages[i % damages.length]!(files[randomInteger(random, files.length)]!);
      const { result, logits, failedBlocks } = await answer(onDisk());
      expect(result.tokens).toEqual(fresh.result.tokens);
      expect(result.cachedTokens === 56 ? bitsOf(logits).at(-1) : undefined).toEqual(
        result.cachedTokens === 56 ? bitsOf(fresh.logits).at(-1) : undefined,
      );
      if (result.cachedTokens < 56) expect(failedBlocks).toBe(1);
    }
  });
});

it('disposing of an engine stores all computed blocks, also those of an unfinished answer', async () => {
  const engine = await loadEngine({ model: MODEL, blockSize: 8, ...onDisk() });
  const prompts = Array.from({ length: 12 }, (_, i) => prompt.map((token) => (token + i) % 250));
  await Promise.all(prompts.map((tokens) => engine.generate({ tokens, maxTokens: 1 }).result));
  const cut = engine.generate({ tokens: prompt.toReversed(), maxTokens: 60, minTokens: 60 });
  await cut[Symbol.asyncIterator]().next();
  cut.result.catch(() => {});
  await engine.dispose();
  await using next = await loadEngine({ model: MODEL, blockSize: 8, ...onDisk() });
  for (const tokens of [...prompts, prompt.toReversed()]) {
    const { cache } = await next.generate({ tokens, maxTokens: 1 }).result;
    expect(cache.diskTokens).toBe(56);
  }
  const { disk } = next.counters;
  expect(disk).toMatchObject({ active: true, limitBytes: 2 ** 26, loadedBlocks: 13 * 7, failedBlocks: 0 });
  expect(disk!.usedBytes).toBeGreaterThan(13 * 7 * 1000);
  expect(next.info.kvDiskBytes).toBe(2 ** 26);
});

it('the files stay within --kv-disk, and the blocks used last are kept', async () => {
  const bytes = 10 * 2200; // a few blocks
  const options = { model: MODEL, blockSize: 8, kvDisk: bytes, kvDiskFolder: folder() };
  for (let i = 0; i < 5; i++) {
    await answer(
      options,
      prompt.map((token) => (token + i) % 250),
    );
    let sum = 0;
    for (const path of await blockFiles()) sum += (await stat(path)).size;
    expect(sum).toBeLessThanOrEqual(bytes);
  }
  const last = prompt.map((token) => (token + 4) % 250);
  expect((await answer(options, last)).result.cache.diskTokens).toBeGreaterThan(0);
});

describe('a folder', () => {
  it('in use by another process is not used, with one warning, until that process has ended', async () => {
    await answer(onDisk());
    const child = startChild({ backend: 'reference', mode: '--hold' });
    expect(await child.line()).toEqual({ active: true });
    const warnings: QuireError[] = [];
    const onWarning = (warning: QuireError): number => warnings.push(warning);
    await using engine = await loadEngine({ model: MODEL, blockSize: 8, ...onDisk(), onWarning });
    expect(warnings.map(({ code }) => code)).toEqual(['kv_folder_in_use']);
    expect(engine.counters.disk).toMatchObject({ active: false, usedBytes: 0 });
    expect(engine.counters.disk!.problem).toMatch(/^kv_folder_in_use: another process/);
    const { cache } = await engine.generate({ tokens: prompt, maxTokens: 1 }).result;
    expect(cache.diskTokens).toBe(0);
    child.process.kill('SIGKILL');
    await once(child.process, 'close');
    expect((await answer(onDisk())).result.cache.diskTokens).toBe(56);
  });

  it('that is a file gives a warning, and the engine serves without it', async () => {
    const path = join(folder(), 'file');
    await writeFile(path, '');
    const warnings: string[] = [];
    const onWarning = ({ code }: QuireError): number => warnings.push(code);
    const { result } = await answer({ kvDisk: 2 ** 26, kvDiskFolder: path, onWarning });
    expect([result.generatedTokens, warnings]).toEqual([12, ['cache_unwritable']]);
  });
});

it('options without effect are refused', async () => {
  for (const cache of ['none', 'contiguous'] as const) {
    await expect(loadEngine({ ...onDisk(), cache })).rejects.toMatchObject({ code: 'bad_option' });
  }
  await expect(loadEngine({ kvDiskFolder: folder() })).rejects.toMatchObject({ code: 'bad_option' });
  await expect(loadEngine({ kvDisk: 100 })).rejects.toThrow(/one block takes \d+/);
  await expect(loadEngine({ kvDisk: -1 })).rejects.toMatchObject({ code: 'bad_option' });
});

it.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a full disk gives one warning, and the engine keeps serving',
  async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', folder()], {
        stdio: 'ignore',
      });
    } catch {
      return context.skip('no file system may be mounted here');
    }
    try {
      const warnings: string[] = [];
      const engine = await loadEngine({
        model: MODEL,
        blockSize: 8,
        ...onDisk(),
        onWarning: ({ code }) => warnings.push(code),
      });
      for (let i = 0; i < 8; i++) {
        const tokens = prompt.map((token) => (token + i) % 250);
        expect((await engine.generate({ tokens, ...GREEDY }).result).generatedTokens).toBe(12);
      }
      await expect.poll(() => engine.counters.disk!.active).toBe(false);
      expect(warnings).toEqual(['disk_full']);
      const { storedBlocks } = engine.counters.disk!;
      await engine.dispose();
      expect(await blockFiles()).toHaveLength(storedBlocks);
      const { result, failedBlocks } = await answer({ ...onDisk(), onWarning: () => {} });
      expect([result.tokens, failedBlocks]).toEqual([(await answer({})).result.tokens, expect.any(Number)]);
    } finally {
      execFileSync('umount', ['-l', folder()]);
    }
  },
);

const KILLS = process.env.QUIRE_FULL === '1' ? 200 : 10;
it(`after ${KILLS} kills at random moments the blocks reported as stored are found, and no token is wrong`, async () => {
  const random = randomNumbers(23);
  await using fresh = await loadEngine({ model: MODEL, backend, blockSize: 8, kvMemory: 2 ** 20 });
  let found = 0;
  for (let seed = 1; seed <= KILLS; seed++) {
    const child = startChild({ backend, seed });
    expect(await child.line()).toEqual({ active: true });
    const kill = () => setTimeout(() => child.process.kill('SIGKILL'), randomInteger(random, 400));
    const afterFirstRound = seed % 2 === 0; // so that slow machines store something too
    if (!afterFirstRound) kill();
    const rounds: { round: number; answers: number[][] }[] = [];
    for await (const line of child.lines) {
      if (rounds.push(JSON.parse(line)) === 1 && afterFirstRound) kill();
    }
    await using successor = await loadEngine({
      model: MODEL,
      backend,
      blockSize: 8,
      kvMemory: 2 ** 20,
      ...onDisk(),
    });
    expect(successor.counters.disk).toMatchObject({ active: true });
    const { length } = rounds;
    // The last complete rounds, the interrupted one, and one that was not started.
    for (let round = Math.max(0, length - 3); round < length + 2; round++) {
      for (const [which, tokens] of promptsOf(seed, round).entries()) {
        const request = { tokens, maxTokens: 4, temperature: 0 };
        const [expected, { tokens: answered, cache }] = await Promise.all([
          fresh.generate(request).result,
          successor.generate(request).result,
        ]);
        expect(answered).toEqual(expected.tokens);
        if (round >= length) continue;
        expect(answered).toEqual(rounds[round]!.answers[which]);
        expect(cache.diskTokens).toBe(8 * fullBlocks(tokens.length - 1));
        found++;
      }
    }
    expect(successor.counters.disk).toMatchObject({ failedBlocks: 0 });
  }
  expect(found).toBeGreaterThan(KILLS);
}, 600_000);

interface Child {
  readonly process: ChildProcess;
  readonly lines: AsyncIterable<string>;
  line(): Promise<unknown>;
}

function startChild(options: { backend: string; seed?: number; mode?: string }): Child {
  const args = [CHILD, MODEL, options.backend, folder(), String(options.seed ?? 1), options.mode ?? ''];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    lines: { [Symbol.asyncIterator]: () => lines },
    line: async () => {
      const { value, done } = await lines.next();
      return done === true ? undefined : JSON.parse(value);
    },
  };
}
