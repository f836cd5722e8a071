// Measures one repetition of a run: concurrent requests, whose prompts differ, so that they find no cached tokens. Only if
// there are more prompts than tokens in the vocabulary, some prompts begin with the same token.

import { QuireError } from '../../base/errors.ts';
import { sum } from '../../base/sum.ts';
import type { GenerationResult } from '../../completion/generation.ts';
import type { Engine } from '../../engine/engine.ts';
import type { RunSizes } from './run-sizes.ts';
import type { LoggedStep, StepLog } from './step-log.ts';

export interface Speeds {
  /** computed tokens of all prompts / time until the last request has its first token */
  readonly prefillTokensPerSecond: number;
  /** tokens generated after that / time since then; 0 if there are none */
  readonly decodeTokensPerSecond: number;
  /** generated tokens / time of the whole run */
  readonly throughputTokensPerSecond: number;
}

export interface Repetition extends Speeds {
  readonly kvBytesReserved: number;
  readonly kvBytesUsed: number;
  /** steps until the last request had its first token */
  readonly prefillSteps: readonly LoggedStep[];
  readonly decodeSteps: readonly LoggedStep[];
  /** computed tokens of all prompts */
  readonly promptTokens: number;
  /** tokens generated in `decodeSteps` */
  readonly decodeTokens: number;
  readonly generatedTokens: number;
}

/** @param firstSeed seed of the first prompt; the other prompts have the following seeds */
export async function measureRepetition(
  engine: Engine,
  { promptTokens, generateTokens, concurrency }: RunSizes,
  { log, firstSeed }: { log: StepLog; firstSeed: number },
): Promise<Repetition> {
  log.steps = [];
  const start = performance.now();
  let peakUsage = engine.kvUsage;
  // for each request, the number of steps after which each token was selected
  const stepCounts = Array.from({ length: concurrency }, (): number[] => []);
  const results = await Promise.all(
    stepCounts.map(async (counts, i): Promise<GenerationResult> => {
      const tokens = randomTokens(engine.tokenizer.vocabSize, promptTokens, firstSeed + i);
      const options = { temperature: 0, maxTokens: generateTokens, minTokens: generateTokens };
      const onToken = (): void => {
        counts.push(log.steps.length);
      };
      const stream = engine.generate({ tokens, ...options, onToken });
      for await (const _piece of stream) {
        const usage = engine.kvUsage;
        if (usage.usedBytes > peakUsage.usedBytes) peakUsage = usage;
      }
      return stream.result;
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const computedPromptTokens = sum(results.map(({ cachedTokens }) => promptTokens - cachedTokens));
  checkNotCached(concurrency * promptTokens, computedPromptTokens);
  const prefillCount = Math.max(...stepCounts.map(([first = 0]) => first));
  const decodeTokens = stepCounts.flat().filter((count) => count > prefillCount).length;
  const generatedTokens = sum(results.map((result) => result.generatedTokens));
  const prefillSeconds = Math.max(...results.map(({ ttftMs }) => ttftMs)) / 1000;
  return {
    prefillTokensPerSecond: computedPromptTokens / prefillSeconds,
    decodeTokensPerSecond:
      concurrency === 1
        ? results[0]!.decodeTokensPerSecond
        : decodeTokens / Math.max(1e-9, seconds - prefillSeconds),
    throughputTokensPerSecond: generatedTokens / seconds,
    kvBytesReserved: peakUsage.reservedBytes,
    kvBytesUsed: peakUsage.usedBytes,
    prefillSteps: log.steps.slice(0, prefillCount),
    decodeSteps: log.steps.slice(prefillCount),
    promptTokens: computedPromptTokens,
    ...{ decodeTokens, generatedTokens },
  };
}

function checkNotCached(tokens: number, computedTokens: number): void {
  const cachedTokens = tokens - computedTokens;
  if (cachedTokens > tokens / 8)
    throw new QuireError('internal', `${cachedTokens} of ${tokens} tokens were cached`, 'please report it');
}

// Returns pseudo-random token ids, which differ for each seed. Excludes the first and last ids of the vocabulary, where control
// tokens usually are.
function randomTokens(vocabSize: number, count: number, seed: number): number[] {
  const first = Math.min(300, vocabSize >> 1);
  let state = (seed * 2_654_435_761) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return first + Math.floor((state / 2 ** 32) * (vocabSize - first) * 0.98);
  });
}
