// Tests conversations that are much longer than the sliding window of the model: their KV memory is bounded, their logits
// have the same bits as if all keys and values were cached, and they continue after a restart. With QUIRE_FULL=1 the window
// has 4,096 tokens and the context 32,768 tokens, otherwise 512 and 4,096 tokens.

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
const BLOCK_SIZE = 16;
const ANSWER_TOKENS = 24;
const VOCAB_SIZE = 384;

const folder = temporaryFolder('windows');
/** path of a model with a sliding window in all layers */
let slidingModel: string;
/** path of a model with a sliding window in some layers */
let mixedModel: string;
beforeAll(async () => {
  slidingModel = await copyWithWindow('tiny-mistral');
  mixedModel = await copyWithWindow('tiny-mistral-layers');
});

/** Copies a fixture, sets the window and context of the copy, and returns its path. */
async function copyWithWindow(name: string): Promise<string> {
  const path = join(folder, name);
  await cp(fixture(name), path, { recursive: true });
  const config = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'));
  const changedConfig = { ...config, sliding_window: WINDOW, max_position_embeddings: CONTEXT };
  await writeFile(join(path, 'config.json'), JSON.stringify(changedConfig));
  return path;
}

const promptOf = (seed: number, length: number): number[] =>
  Array.from({ length }, (_, i) => 4 + ((i * i * 7 + i * (seed + 3) + seed * 31) % (VOCAB_SIZE - 4)));

const kvBytesOf = (layers: number, tokens: number): number => layers * 2 * 2 * 16 * 2 * tokens; // f16, 2 heads of 16

async function withEngine<Result>(
  options: LoadEngineOptions,
  use: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const commonOptions = { blockSize: BLOCK_SIZE, stepTokens: STEP_TOKENS, backend: 'native' } as const;
  const engine = await loadEngine({ ...commonOptions, ...options });
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}

const answerTo = (engine: Engine, tokens: readonly number[]) =>
  engine.completeTokens(tokens, { temperature: 0, maxTokens: ANSWER_TOKENS, minTokens: ANSWER_TOKENS });

describeWith(needsNative(), 'a model with a sliding window', () => {
  describe.each([
    ['in all layers', () => slidingModel, { slidingLayers: 2, fullLayers: 0 }],
    ['in some layers', () => mixedModel, { slidingLayers: 2, fullLayers: 1 }],
  ] as const)('%s', (_, model, layers) => {
    it('reserves KV memory for the window, a step and two blocks, and its logits have the same bits as with a contiguous cache', async () => {
      const prompt = promptOf(1, CONTEXT - ANSWER_TOKENS - 1);
      const reserved: number[] = [];
      const [contiguous, paged] = await Promise.all(
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
      expect(paged).toEqual(contiguous);
      expect(paged!.logits).toHaveLength(ANSWER_TOKENS);
      const bound =
        kvBytesOf(layers.slidingLayers, WINDOW + STEP_TOKENS + 2 * BLOCK_SIZE) +
        kvBytesOf(layers.fullLayers, CONTEXT);
      expect(reserved.length).toBeGreaterThan(CONTEXT / STEP_TOKENS);
      expect(Math.max(...reserved)).toBeLessThanOrEqual(bound);
      expect(Math.max(...reserved)).toBeGreaterThan(kvBytesOf(layers.slidingLayers, WINDOW));
    }, 300_000);

    it('continues a conversation from disk after restarts with the same tokens as without restarts', async () => {
      const disk = { kvDisk: 2 ** 28, kvDiskFolder: join(folder, `kv-${layers.fullLayers}`) };
      const context = Math.min(CONTEXT, 3 * WINDOW);
      const options = { model: model(), context, kvMemory: 2 * kvBytesOf(3, context) };
      const first = promptOf(2, context - 4 * ANSWER_TOKENS - 20);
      const runConversation = async (...turnOptions: readonly LoadEngineOptions[]) => {
        let text = first;
        const reports = [];
        for (const optionsOfTurn of turnOptions) {
          const { tokens, cache } = await withEngine(
            { ...options, ...optionsOfTurn },
            (engine) => answerTo(engine, text).result,
          );
          reports.push(cache);
          text = [...text, ...tokens, ...promptOf(5, 7)];
        }
        return { text, reports };
      };
      const uninterrupted = await runConversation({}, {}, {});
      const restarted = await runConversation(disk, disk, disk);
      expect(restarted.text).toEqual(uninterrupted.text);
      expect(restarted.reports[0]).toMatchObject({ diskTokens: 0 });
      for (const [i, report] of restarted.reports.slice(1).entries()) {
        const computedBefore = first.length + i * (ANSWER_TOKENS + 7) + ANSWER_TOKENS - 1; // computed by earlier turns
        expect(report.diskTokens).toBe(Math.floor(computedBefore / BLOCK_SIZE) * BLOCK_SIZE);
      }
    }, 300_000);
  });

  it('runs seven sequences at once in KV memory that holds one sequence of a contiguous cache', async () => {
    const length = CONTEXT - ANSWER_TOKENS - 1;
    const memory = { model: slidingModel, kvMemory: kvBytesOf(2, CONTEXT), maxRunning: 16 };
    const maxRunningWith = (cache: 'paged' | 'contiguous', requests: number): Promise<number> => {
      let maxRunning = 0;
      let engine: Engine | undefined;
      const onStep = (): void => {
        maxRunning = Math.max(maxRunning, engine!.counters.running);
      };
      return withEngine({ ...memory, cache, onStep }, async (loaded) => {
        engine = loaded;
        const seeds = Array.from({ length: requests }, (_, i) => i);
        await Promise.all(seeds.map((seed) => answerTo(loaded, promptOf(seed, length)).result));
        expect(loaded.counters.events.preempted).toBe(0);
        return maxRunning;
      });
    };
    expect(await maxRunningWith('contiguous', 2)).toBe(1);
    expect(await maxRunningWith('paged', 8)).toBe(7);
  }, 600_000);
});
