// Tests `quire bench` as scripts use it. Measured times never decide a test: the machine may be disturbed, which `bench` then
// reports on standard error.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sum } from '../../src/base/sum.ts';
import type { BenchComparison } from '../../src/cli/bench/compare.ts';
import { loadBenchEngine } from '../../src/cli/bench/load.ts';
import type { BenchResult, RunResult } from '../../src/cli/bench/result.ts';
import { chooseBackend } from '../../src/engine/node/choose-backend.ts';
import { fixture } from '../support/fixtures.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { buildQuire, expectErrorLine, runQuire } from '../support/quire-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SMALL = ['--prompt-tokens', '20', '--generate-tokens', '6', '--repetitions', '1'];
const SPEEDS = ['prefillTokensPerSecond', 'decodeTokensPerSecond', 'throughputTokensPerSecond'] as const;

type Result = BenchResult & RunResult & { readonly comparison?: BenchComparison };

async function benchJson(...args: string[]): Promise<Result> {
  const { code, output, error } = await runQuire(['bench', '--json', ...args]);
  expect(code, error).toBe(0);
  expect(error).toMatch(/^(disturbed: [^\n]+; close other programs and measure again\n)?$/);
  return JSON.parse(output) as Result;
}

const expectFailure = (args: readonly string[], exitCode: 1 | 2, line: RegExp): Promise<void> =>
  expectErrorLine(runQuire(['bench', ...args]), exitCode, line);

const folder = temporaryFolder('bench');
beforeAll(buildQuire, 180_000);

describe('quire bench --json', () => {
  test('prints one JSON object with the speeds of a model', async () => {
    const result = await benchJson('--concurrency', '2', ...SMALL);
    for (const name of [...SPEEDS, 'loadMs', 'kvBytesReserved', 'kvBytesUsed', 'peakResidentBytes'] as const)
      expect(result[name], name).toBeGreaterThan(0);
    expect(result).toMatchObject({
      ...{ format: 'quire-bench/1', model: 'Quire Embedded', weightType: 'Q8_0', cache: 'paged' },
      ...{ concurrency: 2, promptTokens: 20, generateTokens: 6 },
    });
    const [run] = result.runs;
    expect(result.runs).toHaveLength(1);
    expect(run!.repetitions).toHaveLength(1);
    for (const name of SPEEDS)
      expect([run![name], run!.repetitions[0]![name]]).toEqual([result[name], result[name]]);
  });

  test('measures every combination of the listed lengths and concurrencies', async () => {
    const { runs, promptTokens } = await benchJson(
      ...SMALL,
      '--prompt-tokens',
      '20,33',
      '--concurrency',
      '2,1',
    );
    expect(runs.map((run) => [run.promptTokens, run.generateTokens, run.concurrency])).toEqual([
      ...[
        [20, 6, 2],
        [20, 6, 1],
        [33, 6, 2],
        [33, 6, 1],
      ],
    ]);
    expect(promptTokens).toBe(20);
  });

  test('a run of one token for each request has no decode speed', async () => {
    const { runs } = await benchJson(...SMALL, '--generate-tokens', '1', '--concurrency', '3');
    expect(runs[0]).toMatchObject({ decodeTokensPerSecond: 0 });
    expect(runs[0]).not.toHaveProperty('decodeShare');
  });
});

test('quire bench prints the conditions and one table as text', async () => {
  const { code, output } = await runQuire([
    ...['bench', '--backend', 'reference', '--prompt-tokens', '20,24', '--generate-tokens', '2'],
    ...['--repetitions', '1'],
  ]);
  expect(code).toBe(0);
  expect(output).toMatch(/^backend +reference \(.+\), 1 thread, keys and values in f32$/m);
  expect(output).toMatch(/^prompt +answer +requests +prefill +limit +share +decode +limit +share +total /m);
  for (const prompt of [20, 24]) expect(output).toMatch(new RegExp(`^${prompt} +2 +1( +[\\d.-]+){9}$`, 'm'));
});

describe('many concurrent requests', () => {
  test('the engine computes all of them together', async () => {
    const runs = [{ promptTokens: 20, generateTokens: 6, concurrency: 300 }];
    await using engine = await loadBenchEngine({ model: 'embedded' }, chooseBackend({}), runs);
    expect(engine.info.maxRunning).toBe(300);
    const sequenceBytes = 32 * engine.info.work.kvBytesPerToken; // two blocks of 16 tokens
    expect(engine.kvUsage.totalBytes).toBeGreaterThanOrEqual(300 * sequenceBytes);
  });

  test.each(['paged', 'contiguous'] as const)(
    'every layer group has enough blocks with the policy %s',
    async (cache) => {
      const runs = [
        { promptTokens: 40, generateTokens: 20, concurrency: 2 },
        { promptTokens: 10, generateTokens: 8, concurrency: 50 },
      ];
      const flags = { model: fixture('tiny-mistral-layers'), cache };
      await using engine = await loadBenchEngine(flags, chooseBackend({}), runs);
      const { groups } = engine.kvUsage;
      const { kvGroups } = engine.info.work;
      expect(groups).toHaveLength(2);
      // 50 sequences of two blocks of 16 tokens, or with the policy contiguous of the whole context of 60 tokens
      const tokens = cache === 'paged' ? 32 : 64;
      for (const [i, { totalBytes }] of groups.entries())
        expect(totalBytes).toBeGreaterThanOrEqual(50 * tokens * kvGroups[i]!.bytesPerToken);
    },
  );

  test('quire bench --concurrency 40 measures 40 requests', async () => {
    const { runs } = await benchJson(...SMALL, '--concurrency', '1,40');
    expect(runs.map(({ concurrency }) => concurrency)).toEqual([1, 40]);
  });

  test('a vocabulary with fewer tokens than there are prompts is sufficient', async () => {
    const model = ['--model', fixture('tiny-mistral-layers')];
    const { runs } = await benchJson(...SMALL, ...model, '--concurrency', '60');
    expect(runs[0]!.prefillTokensPerSecond).toBeGreaterThan(0);
  });

  test('errors state what is missing', async () => {
    const many = [...SMALL, '--concurrency', '64'];
    await expectFailure(
      [...many, '--kv-memory', '1MiB'],
      1,
      /^kv_memory_too_small: the requests of one run need /,
    );
    await expectFailure(
      [...many, '--context', '30'],
      2,
      /^bad_option: 64 requests cannot be computed in one step /,
    );
    const gpt2 = [...many, '--model', fixture('tiny-gpt2'), '--concurrency', '1000'];
    await expectFailure(
      gpt2,
      2,
      /^bad_option: 1000 requests .+; lower --concurrency: the model allows no longer/,
    );
    await expectFailure(
      ['--prompt-tokens', '10000000'],
      2,
      /^bad_option: prompt and answer of a run have 10000064 tokens, .+: the model allows no longer context/,
    );
    await expectFailure(
      ['--prompt-tokens', '90', '--generate-tokens', '64', '--context', '100'],
      2,
      /^bad_option: prompt and answer of a run have 154 tokens, .+ 100; raise --context to at least 154/,
    );
  });
});

test.each([
  ['0', /^bad_option: promptTokens is 0;/],
  ['-1', /^bad_option: promptTokens is -1;/],
  ['5,,6', /^bad_option: option '--prompt-tokens <list>' argument '5,,6' is invalid/],
  ['1e9', /^bad_option: promptTokens is 1000000000;/],
  [Array.from({ length: 200 }, (_, i) => i + 1).join(), /^bad_option: the lists have 200 combinations;/],
])('quire bench rejects --prompt-tokens %.10s', async (list, line) => {
  await expectFailure([`--prompt-tokens=${list}`], 2, line);
});

describe('quire bench --compare', () => {
  test('compares the runs that both results contain', async () => {
    const file = join(folder, 'earlier.json');
    writeFileSync(file, JSON.stringify(await benchJson(...SMALL, '--prompt-tokens', '20,33')));
    const { comparison } = await benchJson(...SMALL, '--prompt-tokens', '40,20', '--compare', file);
    const sizes = { generateTokens: 6, concurrency: 1 };
    expect(comparison!.runs).toHaveLength(1);
    expect(comparison!.runs[0]).toMatchObject({ promptTokens: 20, ...sizes });
    for (const name of ['prefill', 'decode', 'throughput'] as const) {
      const { ratio, lowest, highest } = comparison!.runs[0]![name]!;
      expect([lowest, highest]).toEqual([ratio, ratio]); // one repetition each
    }
    expect(comparison!.loadRatio).toBeGreaterThan(0);
    expect(comparison!.notCompared).toEqual([
      { promptTokens: 33, ...sizes, onlyIn: 'the earlier result' },
      { promptTokens: 40, ...sizes, onlyIn: 'this result' },
    ]);
    const { output } = await runQuire(['bench', ...SMALL, '--compare', file]);
    expect(output).toMatch(/^20 +6 +1( +[\d.]+ \([\d.]+ to [\d.]+\)){3}$/m);
    const other = ['--model', fixture('tiny-llama-q8_0.gguf'), ...SMALL, '--compare', file];
    await expectFailure(
      other,
      2,
      /^bad_option: the earlier result was measured under other conditions: model /,
    );
  });

  test('rejects a file that contains no result', async () => {
    const file = join(folder, 'hostile.json');
    writeFileSync(file, '{"format":"quire-bench/1","runs":[{}]}');
    await expectFailure(
      ['--compare', file],
      1,
      /^file_unreadable: .+hostile\.json is not a usable result of quire bench: /,
    );
    await expectFailure(['--compare', folder], 1, /^file_unreadable: .+: it is not a file;/);
    await expectFailure(['--compare', join(folder, 'none.json')], 1, /^file_not_found: /);
  });
});

describeWith(needsNative(), 'quire bench --profile', () => {
  test('divides the duration of prefill steps and of decode steps among the operations', async () => {
    const { runs, threads } = await benchJson('--profile', '--threads', '2', ...SMALL);
    const { prefill, decode } = runs[0]!.profile!;
    for (const phase of [prefill!, decode!]) {
      const { stepMs, operations, preparingMs, waitingMs } = phase;
      expect([preparingMs.length, waitingMs.length]).toEqual([threads, threads]);
      const measuredMs = sum(operations.map(({ ms }) => ms)) + sum([...preparingMs, ...waitingMs]) / threads;
      expect(measuredMs).toBeGreaterThan(0);
      expect(measuredMs).toBeLessThanOrEqual(stepMs + 1e-6);
      const names = operations.map(({ name }) => name);
      for (const name of ['attention', 'rmsNorm', 'linear mlp.down_proj Q8_0']) expect(names).toContain(name);
    }
    expect(decode!.steps).toBe(5); // the first of the six tokens is selected in a prefill step
  });

  test('is printed as one table for each phase', async () => {
    const { output } = await runQuire(['bench', '--profile', ...SMALL]);
    for (const phase of ['prefill', 'decode'])
      expect(output).toMatch(
        new RegExp(
          `^${phase} steps, prompt 20, answer 6, requests 1: \\d+ steps? of [\\d.]+ ms\\noperation +ms per step +share$`,
          'm',
        ),
      );
    expect(output).toMatch(/^waiting +[\d.]+ +[\d.]+ %\nby thread, in ms: preparing /m);
  });

  test('is rejected by the reference backend', async () => {
    await expectFailure(
      ['--profile', '--backend', 'reference'],
      1,
      /^not_supported: the reference backend does not measure /,
    );
  });
});
