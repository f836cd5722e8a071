// Conversations far longer than the sliding window of a model: their KV memory is bounded, their bits are the same as with
// all keys and values, and they continue after a restart. The full run has a window of 4,096 tokens and a context of 32,768.

import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StepPlan, StepResult } from '../../src/base/step/step-plan.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type LoadEngineOptions, loadEngine } from '../../src/engine/node/load-engine.ts';
import { fixture } from '../support/fixtures.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FULL = process.env.QUIRE_FULL === '1';
const WINDOW = FULL ? 4096 : 512;
const CONTEXT = 8 * WINDOW;
const STEP_TOKENS = FULL ? 256 : 32;
const BLOCK = 16;
const ANSWER = 24;
const VOCABULARY = 384;

const folder = temporaryFolder('windows');
/** a sliding window in all layers */
let sliding: string;
/** a sliding window in some layers */
let mixed: string;
beforeAll(async () => {
  sliding = await widened('tiny-mistral');
  mixed = await widened('tiny-mistral-layers');
});

/** Copies a fixture and sets its window and context. Returns the path of the copy. */
async function widened(name: string): Promise<string> {
  const path = join(folder, name);
  await cp(fixture(name), path, { recursive: true });
  const config = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'));
  const long = { ...config, sliding_window: WINDOW, max_position_embeddings: CONTEXT };
  await writeFile(join(path, 'config.json'), JSON.stringify(long));
  return path;
}

const promptOf = (seed: number, length: number): number[] =>
  Array.from({ length }, (_, i) => 4 + ((i * i * 7 + i * (seed + 3) + seed * 31) % (VOCABULARY - 4)));

const bytesOf = (layers: number, tokens: number): number => layers * 2 * 2 * 16 * 2 * tokens; // f16, 2 heads of 16

async function withEngine<Result>(
  options: LoadEngineOptions,
  use: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const fixed = { blockSize: BLOCK, stepTokens: STEP_TOKENS, backend: 'native' } as const;
  const engine = await loadEngine({ ...fixed, ...options });
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}

const answerTo = (engine: Engine, tokens: readonly number[]) =>
  engine.completeTokens(tokens, { temperature: 0, maxTokens: ANSWER, minTokens: ANSWER });

describeWith(needsNative(), 'a model with a sliding window', () => {
  describe.each([
    ['in all layers', () => sliding, { windowed: 2, whole: 0 }],
    ['in some layers', () => mixed, { windowed: 2, whole: 1 }],
  ] as const)('%s', (_, model, layers) => {
    it('holds keys and values for its window, a step and two blocks per sequence, with the same bits', async () => {
      const prompt = promptOf(1, CONTEXT - ANSWER - 1);
      const reserved: number[] = [];
      const [all, windowed] = await Promise.all(
        (['contiguous', 'paged'] as const).map((cache) => {
          const logits: Float32Array[] = [];
          let engine: Engine | undefined;
          const onStep = (plan: StepPlan, result: StepResult): void => {
            if (plan.logitsRows.length > 0) logits.push(result.logits!.slice());
            if (cache === 'paged') reserved.push(engine!.kvUsage.reservedBytes);
          };
          const options = { model: model(), cache, maxRunning: 1, onStep };
          return withEngine(options, async (loaded) => {
            engine = loaded;
            const { tokens } = await answerTo(loaded, prompt).result;
            return { tokens, logits };
          });
        }),
      );
      expect(windowed).toEqual(all);
      expect(windowed!.logits).toHaveLength(ANSWER);
      const bound =
        bytesOf(layers.windowed, WINDOW + STEP_TOKENS + 2 * BLOCK) + bytesOf(layers.whole, CONTEXT);
      expect(reserved.length).toBeGreaterThan(CONTEXT / STEP_TOKENS);
      expect(Math.max(...reserved)).toBeLessThanOrEqual(bound);
      expect(Math.max(...reserved)).toBeGreaterThan(bytesOf(layers.windowed, WINDOW));
    }, 300_000);

    it('continues a conversation from disk after restarts with the same tokens as without', async () => {
      const disk = { kvDisk: 2 ** 28, kvDiskFolder: join(folder, `kv-${layers.whole}`) };
      const context = Math.min(CONTEXT, 3 * WINDOW);
      const options = { model: model(), context, kvMemory: 2 * bytesOf(3, context) };
      const first = promptOf(2, context - 4 * ANSWER - 20);
      const conversation = async (...parts: readonly LoadEngineOptions[]) => {
        let text = first;
        const reports = [];
        for (const part of parts) {
          const { tokens, cache } = await withEngine(
            { ...options, ...part },
            (engine) => answerTo(engine, text).result,
          );
          reports.push(cache);
          text = [...text, ...tokens, ...promptOf(5, 7)];
        }
        return { text, reports };
      };
      const uninterrupted = await conversation({}, {}, {});
      const restarted = await conversation(disk, disk, disk);
      expect(restarted.text).toEqual(uninterrupted.text);
      expect(restarted.reports[0]).toMatchObject({ diskTokens: 0 });
      for (const [i, report] of restarted.reports.slice(1).entries()) {
        const before = first.length + i * (ANSWER + 7) + ANSWER - 1; // computed by the turn before
        expect(report.diskTokens).toBe(Math.floor(before / BLOCK) * BLOCK);
      }
    }, 300_000);
  });

  it('runs seven conversations in the KV memory of one without a window', async () => {
    const length = CONTEXT - ANSWER - 1;
    const memory = { model: sliding, kvMemory: bytesOf(2, CONTEXT), maxRunning: 16 };
    const running = (cache: 'paged' | 'contiguous', requests: number): Promise<number> => {
      let most = 0;
      let engine: Engine | undefined;
      const onStep = (): void => {
        most = Math.max(most, engine!.counters.running);
      };
      return withEngine({ ...memory, cache, onStep }, async (loaded) => {
        engine = loaded;
        const seeds = Array.from({ length: requests }, (_, i) => i);
        await Promise.all(seeds.map((seed) => answerTo(loaded, promptOf(seed, length)).result));
        expect(loaded.counters.events.preempted).toBe(0);
        return most;
      });
    };
    expect(await running('contiguous', 2)).toBe(1);
    expect(await running('paged', 8)).toBe(7);
  }, 600_000);
});
