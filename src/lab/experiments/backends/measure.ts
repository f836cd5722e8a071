// The measurement of the experiment `backends`. Ratios between backends need equal sizes, so all backends are measured at a
// small size, which takes the slowest backend only seconds. Fast backends are also measured at a large size, for their shares
// of the limits of the machine.

import { DTYPES } from '../../../base/model/dtypes.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Limits } from '../../../kernels/limits.ts';
import { nativeUnavailable } from '../../../kernels/native/node/native-backend.ts';
import { kvBytesRead, type Work } from '../../../program/work.ts';
import { generateTimedAnswer } from '../../answer.ts';
import { attentionOpsAt } from '../../attention-layers.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { median } from '../../statistics.ts';
import { availableCandidates, type Candidate } from './candidates.ts';
import { compareAnswers } from './compare-answers.ts';
import type { BackendSpeed, BackendsData, SpeedMeasure } from './data.ts';

/** Numbers of tokens. */
interface Sizes {
  readonly prompt: number;
  readonly generate: number;
}

interface SizeChoice {
  readonly full: Sizes;
  readonly quick: Sizes;
}

const MIN_SIZES: Sizes = { prompt: 4, generate: 3 };
const SMALL_SIZES: SizeChoice = { full: { prompt: 32, generate: 8 }, quick: { prompt: 8, generate: 3 } };
const LARGE_SIZES: SizeChoice = { full: { prompt: 256, generate: 32 }, quick: { prompt: 32, generate: 4 } };

export async function measureBackends(
  bench: LabBench,
  record: RecordData<BackendsData>,
): Promise<BackendsData> {
  const limits = await bench.limits();
  const data: BackendsData = {
    nativeBuilt: nativeUnavailable() === undefined,
    ...(limits !== undefined && { bandwidthBytesPerSecond: limits.bandwidthBytesPerSecond }),
    answers: [],
    speeds: [],
  };
  record(data);
  const candidates = availableCandidates();
  await compareAnswers(bench, candidates, data.answers);
  const smallSizes = await sizesWithinTimeLimit(bench, candidates, SMALL_SIZES);
  const fast = candidates.filter(({ slow }) => !slow);
  const largeSizes = fast.length === 0 ? smallSizes : await sizesWithinTimeLimit(bench, fast, LARGE_SIZES);
  for (const [i, candidate] of candidates.entries()) {
    bench.progress(candidates.length + i, 2 * candidates.length);
    for (const sizes of candidate.slow || largeSizes.prompt === smallSizes.prompt
      ? [smallSizes]
      : [largeSizes, smallSizes])
      data.speeds.push({
        ...(await measureSpeed(bench, candidate, sizes, limits)),
        small: sizes === smallSizes,
      });
  }
  return data;
}

/** Reduces the sizes so that the slowest candidate takes a few seconds: a large model gets shorter texts. */
async function sizesWithinTimeLimit(
  bench: LabBench,
  candidates: readonly Candidate[],
  { full, quick }: SizeChoice,
): Promise<Sizes> {
  const maxSizes = bench.fullOrQuick(full, quick);
  let scale = 1;
  for (const { choice } of candidates) {
    const engine = await bench.engine(
      { maxRunning: 1, context: MIN_SIZES.prompt + MIN_SIZES.generate + 1 },
      choice,
    );
    scale = Math.min(scale, bench.fullOrQuick(4000, 400) / (await expectedMs(engine, maxSizes)));
    await engine.dispose();
  }
  const scaled = (name: keyof Sizes): number => Math.max(MIN_SIZES[name], Math.floor(maxSizes[name] * scale));
  return { prompt: scaled('prompt'), generate: scaled('generate') };
}

async function expectedMs(engine: Engine, { prompt, generate }: Sizes): Promise<number> {
  const tokens = await passageTokens(engine, MIN_SIZES.prompt);
  await generateTimedAnswer(engine, tokens, MIN_SIZES.generate); // runs the lazy initialization
  const { ttftMs, msPerToken } = await generateTimedAnswer(engine, tokens, MIN_SIZES.generate);
  return (ttftMs / MIN_SIZES.prompt) * prompt + msPerToken * generate;
}

async function measureSpeed(
  bench: LabBench,
  { name, choice }: Candidate,
  { prompt, generate }: Sizes,
  limits: Limits | undefined,
): Promise<Omit<BackendSpeed, 'small'>> {
  const { program } = await bench.load(choice);
  const engine = await bench.engine({ maxRunning: 1, context: prompt + generate + 1 }, choice);
  const tokens = await passageTokens(engine, prompt);
  await generateTimedAnswer(engine, tokens, generate); // warms up: the engine adapts the tokens per step
  const samples: Record<SpeedMeasure, number[]> = { prefill: [], decode: [] };
  for (let repetition = 0; repetition < bench.repetitions; repetition++) {
    bench.throwIfAborted();
    const { ttftMs, msPerToken } = await generateTimedAnswer(engine, tokens, generate);
    samples.prefill.push((1000 * prompt) / ttftMs);
    samples.decode.push(1000 / msPerToken);
  }
  const { work } = engine.info;
  await engine.dispose();
  const speed = { prefill: median(samples.prefill), decode: median(samples.decode) };
  const attention = attentionOpsAt(program, (prompt + 1) / 2);
  return {
    backend: name,
    threads: choice.backend !== 'reference' ? bench.threads : 1,
    ...{ prompt, generate, ...samples },
    ...(limits && { share: limitShares(speed, work, { prompt, generate, attention, limits }) }),
    weightBytes: work.weightBytes,
  };
}

// Decoding a token is limited by memory: it reads all weights, and the keys and values of earlier tokens. Prefill is limited
// by arithmetic.
function limitShares(
  { prefill, decode }: Readonly<Record<SpeedMeasure, number>>,
  work: Work,
  { prompt, generate, attention, limits }: Sizes & { attention: number; limits: Limits },
): Record<SpeedMeasure, number> {
  const { weightBytes, opsPerToken, opsPerRow, mainDtype } = work;
  const bytes = weightBytes + kvBytesRead(work, prompt + generate / 2);
  const ops = opsPerToken + attention + opsPerRow / prompt;
  const peak = DTYPES[mainDtype].quantized
    ? limits.int8OpsPerSecond
    : mainDtype === 'BF16'
      ? limits.bf16FlopsPerSecond
      : limits.f32FlopsPerSecond;
  return { prefill: (prefill * ops) / peak, decode: (decode * bytes) / limits.bandwidthBytesPerSecond };
}
