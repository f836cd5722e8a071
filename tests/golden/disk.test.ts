// Tests keys and values on disk: blocks stored by another engine or process are restored with the same bits, and a damaged
// file, an unusable folder or a full disk does not change the answer.

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
  /** one row for each selected token */
  readonly logits: readonly Float32Array[];
  readonly failedBlocks: number | undefined;
}

/** Answers one request with a new engine. */
async function answerWithNewEngine(
  options: LoadEngineOptions,
  tokens = prompt,
  salt?: string,
): Promise<Answer> {
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
  ['native backend', { backend }],
  ['native backend, f32', { backend, kvDtype: 'f32' }],
  ['native backend, int8', { backend, kvDtype: 'int8' }],
  ['native backend, 16 tokens per block', { backend, blockSize: 16 }],
];
const CONFIGURATIONS: readonly [string, LoadEngineOptions][] = [
  ['reference backend', { backend: 'reference' }],
  ['reference backend, int8', { backend: 'reference', kvDtype: 'int8' }],
  [
    'reference backend, a model in which some layers have a sliding window',
    { backend: 'reference', model: fixture('tiny-qwen2-window') },
  ],
  ...(backend === 'native' ? NATIVE : []),
];

describe.each(CONFIGURATIONS)('blocks on disk, %s', (_name, options) => {
  it('are restored by another engine with the same bits', async () => {
    const freshAnswer = await answerWithNewEngine(options);
    const first = await answerWithNewEngine({ ...options, ...onDisk() });
    expect(first.result).toMatchObject({ cachedTokens: 0, tokens: freshAnswer.result.tokens });
    const restored = await answerWithNewEngine({ ...options, ...onDisk() });
    const fullBlockTokens = Math.floor(59 / (options.blockSize ?? 8)) * (options.blockSize ?? 8);
    expect(restored.result.cache).toMatchObject({ memoryTokens: 0, diskTokens: fullBlockTokens });
    expect(restored.result).toMatchObject({
      tokens: freshAnswer.result.tokens,
      computedTokens: 60 - fullBlockTokens + 11,
    });
    expect(bitsOf(restored.logits)).toEqual(bitsOf(freshAnswer.logits));
  });
});

it.each(backend === 'native' ? ['reference', 'native'] : ['reference'])(
  'blocks stored by another process are restored on the %s backend',
  async (name) => {
    const child = startChild({ backend: name, mode: '--once' });
    expect(await child.nextLine()).toEqual({ active: true });
    await once(child.process, 'close');
    const options = { backend: name as 'reference', kvMemory: 2 ** 20 };
    for (const tokens of promptsOf(1, 0)) {
      const freshAnswer = await answerWithNewEngine(options, tokens);
      const restored = await answerWithNewEngine({ ...options, ...onDisk() }, tokens);
      expect(restored.result.cache.diskTokens).toBe(24);
      expect(bitsOf(restored.logits)).toEqual(bitsOf(freshAnswer.logits));
    }
  },
);

describe('a stored block', () => {
  it('is not restored for another salt, KV type, block size or model', async () => {
    await answerWithNewEngine(onDisk(), prompt, 'one');
    expect((await answerWithNewEngine(onDisk(), prompt, 'one')).result.cache.diskTokens).toBe(56);
    expect((await answerWithNewEngine(onDisk(), prompt, 'two')).result.cache.diskTokens).toBe(0);
    for (const other of [
      { kvDtype: 'int8' },
      { blockSize: 4 },
      { model: fixture('tiny-mistral') },
    ] as const) {
      const freshAnswer = await answerWithNewEngine(other, prompt, 'one');
      const { result } = await answerWithNewEngine({ ...onDisk(), ...other }, prompt, 'one');
      expect([result.cache.diskTokens, result.tokens]).toEqual([0, freshAnswer.result.tokens]);
    }
  });

  it('is not restored from a damaged file, and the answer is correct', async () => {
    const freshAnswer = await answerWithNewEngine({});
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
        const paths = await blockFiles();
        const other = paths.find((candidate) => candidate !== path)!;
        await writeFile(path, await readFile(other)); // a valid file with the name of another block
      },
    ];
    for (let i = 0; i < 16; i++) {
      await answerWithNewEngine(onDisk());
      const files = await blockFiles();
      expect(files).toHaveLength(8);
      await damages[i % damages.length]!(files[randomInteger(random, files.length)]!);
      const { result, logits, failedBlocks } = await answerWithNewEngine(onDisk());
      expect(result.tokens).toEqual(freshAnswer.result.tokens);
      expect(result.cachedTokens === 56 ? bitsOf(logits).at(-1) : undefined).toEqual(
        result.cachedTokens === 56 ? bitsOf(freshAnswer.logits).at(-1) : undefined,
      );
      if (result.cachedTokens < 56) expect(failedBlocks).toBe(1);
    }
  });
});

it('disposing of an engine stores all computed blocks, including those of an unfinished answer', async () => {
  const engine = await loadEngine({ model: MODEL, blockSize: 8, ...onDisk() });
  const prompts = Array.from({ length: 12 }, (_, i) => prompt.map((token) => (token + i) % 250));
  await Promise.all(prompts.map((tokens) => engine.generate({ tokens, maxTokens: 1 }).result));
  const unfinished = engine.generate({ tokens: prompt.toReversed(), maxTokens: 60, minTokens: 60 });
  await unfinished[Symbol.asyncIterator]().next();
  unfinished.result.catch(() => {});
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

it('the block files stay within kvDisk, and the most recently used blocks are not evicted', async () => {
  const kvDisk = 10 * 2200; // bytes of a few blocks
  const options = { model: MODEL, blockSize: 8, kvDisk, kvDiskFolder: folder() };
  for (let i = 0; i < 5; i++) {
    await answerWithNewEngine(
      options,
      prompt.map((token) => (token + i) % 250),
    );
    let totalBytes = 0;
    for (const path of await blockFiles()) totalBytes += (await stat(path)).size;
    expect(totalBytes).toBeLessThanOrEqual(kvDisk);
  }
  const lastPrompt = prompt.map((token) => (token + 4) % 250);
  expect((await answerWithNewEngine(options, lastPrompt)).result.cache.diskTokens).toBeGreaterThan(0);
});

describe('kvDiskFolder', () => {
  it('is not used while another process uses the folder, and one warning is given', async () => {
    await answerWithNewEngine(onDisk());
    const child = startChild({ backend: 'reference', mode: '--hold' });
    expect(await child.nextLine()).toEqual({ active: true });
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
    expect((await answerWithNewEngine(onDisk())).result.cache.diskTokens).toBe(56);
  });

  it('is not used if the path is a file, and one warning is given', async () => {
    const path = join(folder(), 'file');
    await writeFile(path, '');
    const warnings: string[] = [];
    const onWarning = ({ code }: QuireError): number => warnings.push(code);
    const { result } = await answerWithNewEngine({ kvDisk: 2 ** 26, kvDiskFolder: path, onWarning });
    expect([result.generatedTokens, warnings]).toEqual([12, ['cache_unwritable']]);
  });
});

it('loadEngine rejects disk options that have no effect', async () => {
  for (const cache of ['none', 'contiguous'] as const) {
    await expect(loadEngine({ ...onDisk(), cache })).rejects.toMatchObject({ code: 'bad_option' });
  }
  await expect(loadEngine({ kvDiskFolder: folder() })).rejects.toMatchObject({ code: 'bad_option' });
  await expect(loadEngine({ kvDisk: 100 })).rejects.toThrow(/one block needs \d+/);
  await expect(loadEngine({ kvDisk: -1 })).rejects.toMatchObject({ code: 'bad_option' });
});

it.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a full disk gives one warning, and the engine continues to serve',
  async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', folder()], {
        stdio: 'ignore',
      });
    } catch {
      return context.skip('the test needs permission to mount a file system');
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
      const { result, failedBlocks } = await answerWithNewEngine({ ...onDisk(), onWarning: () => {} });
      expect([result.tokens, failedBlocks]).toEqual([
        (await answerWithNewEngine({})).result.tokens,
        expect.any(Number),
      ]);
    } finally {
      execFileSync('umount', ['-l', folder()]);
    }
  },
);

const KILL_COUNT = process.env.QUIRE_FULL === '1' ? 200 : 10;
it(`after ${KILL_COUNT} kills at random times, all blocks reported as stored are restored, and all tokens are correct`, async () => {
  const random = randomNumbers(23);
  await using fresh = await loadEngine({ model: MODEL, backend, blockSize: 8, kvMemory: 2 ** 20 });
  let restoredPrompts = 0;
  for (let seed = 1; seed <= KILL_COUNT; seed++) {
    const child = startChild({ backend, seed });
    expect(await child.nextLine()).toEqual({ active: true });
    const kill = () => setTimeout(() => child.process.kill('SIGKILL'), randomInteger(random, 400));
    const killsAfterFirstRound = seed % 2 === 0; // so that blocks are stored on slow machines too
    if (!killsAfterFirstRound) kill();
    const rounds: { round: number; answers: number[][] }[] = [];
    for await (const line of child.lines) {
      if (rounds.push(JSON.parse(line)) === 1 && killsAfterFirstRound) kill();
    }
    await using successor = await loadEngine({
      model: MODEL,
      backend,
      blockSize: 8,
      kvMemory: 2 ** 20,
      ...onDisk(),
    });
    expect(successor.counters.disk).toMatchObject({ active: true });
    const completeRounds = rounds.length;
    // The last complete rounds, the interrupted round, and a round that was not started.
    for (let round = Math.max(0, completeRounds - 3); round < completeRounds + 2; round++) {
      for (const [index, tokens] of promptsOf(seed, round).entries()) {
        const request = { tokens, maxTokens: 4, temperature: 0 };
        const [expected, { tokens: answered, cache }] = await Promise.all([
          fresh.generate(request).result,
          successor.generate(request).result,
        ]);
        expect(answered).toEqual(expected.tokens);
        if (round >= completeRounds) continue;
        expect(answered).toEqual(rounds[round]!.answers[index]);
        expect(cache.diskTokens).toBe(8 * fullBlocks(tokens.length - 1));
        restoredPrompts++;
      }
    }
    expect(successor.counters.disk).toMatchObject({ failedBlocks: 0 });
  }
  expect(restoredPrompts).toBeGreaterThan(KILL_COUNT);
}, 600_000);

interface Child {
  readonly process: ChildProcess;
  readonly lines: AsyncIterable<string>;
  nextLine(): Promise<unknown>;
}

function startChild(options: { backend: string; seed?: number; mode?: string }): Child {
  const args = [CHILD, MODEL, options.backend, folder(), String(options.seed ?? 1), options.mode ?? ''];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    lines: { [Symbol.asyncIterator]: () => lines },
    nextLine: async () => {
      const { value, done } = await lines.next();
      return done === true ? undefined : JSON.parse(value);
    },
  };
}
