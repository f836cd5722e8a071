// The measurement of the experiment `compile`.

import { sum } from '../../../base/sum.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { LoadedModel } from '../../../engine/load-model.ts';
import { planMemory } from '../../../program/plan-memory.ts';
import { emitTape } from '../../../program/tape.ts';
import { generateTimedAnswer } from '../../answer.ts';
import { differenceToJson } from '../../data-schemas.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench, ModelChoice } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { largestDifference, StepRecorder } from '../../step-recorder.ts';
import {
  type ByVariant,
  byVariant,
  type CompileData,
  type TapeCounts,
  VARIANTS,
  type Variant,
} from './data.ts';
import { countWaits } from './waits.ts';

const MODEL_CHOICES: ByVariant<ModelChoice> = { unfused: { fuse: false }, fused: {} };
const STEP_TOKENS = 256; // the default capacity of a step

export async function measureCompile(bench: LabBench, record: RecordData<CompileData>): Promise<CompileData> {
  const models = {
    unfused: await bench.load(MODEL_CHOICES.unfused),
    fused: await bench.load(MODEL_CHOICES.fused),
  };
  const { contextLength } = models.fused.config;
  const stepTokens = Math.min(STEP_TOKENS, contextLength);
  const answerTokens = Math.min(bench.fullOrQuick(32, 8), contextLength >> 1);
  const data: CompileData = {
    stepTokens,
    tapes: byVariant((variant) => countTape(models[variant], stepTokens)),
    promptTokens: Math.min(bench.fullOrQuick(256, 32), contextLength - answerTokens - 1),
    answerTokens,
    times: { unfused: { prefillMs: [], decodeMs: [] }, fused: { prefillMs: [], decodeMs: [] } },
  };
  record(data);
  data.equality = await compareBits(bench, data);
  await timeVariants(bench, data);
  return data;
}

function countTape({ program, config: { contextLength } }: LoadedModel, tokens: number): TapeCounts {
  const capacity = { tokens, rows: 1 };
  const tape = emitTape(program, capacity, contextLength);
  const kinds: Record<string, number> = {};
  for (const { kind } of tape.operations) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return {
    operations: tape.operations.length,
    kinds,
    waits: countWaits(tape),
    buffers: tape.buffers.length,
    separateBytes: sum(planMemory(program, capacity).allocations.map(({ bytes }) => bytes)),
    arenaBytes: tape.arenaBytes,
  };
}

const engineFor = (
  bench: LabBench,
  variant: Variant,
  { promptTokens, answerTokens }: CompileData,
  recorder?: StepRecorder,
): Promise<Engine> =>
  bench.engine(
    {
      maxRunning: 1,
      context: promptTokens + answerTokens + 1,
      ...(recorder !== undefined && { onStep: recorder.observe }),
    },
    MODEL_CHOICES[variant],
  );

async function compareBits(
  bench: LabBench,
  data: CompileData,
): Promise<NonNullable<CompileData['equality']>> {
  const recordAnswer = async (variant: Variant) => {
    const recorder = new StepRecorder();
    const engine = await engineFor(bench, variant, data, recorder);
    const prompt = await passageTokens(engine, data.promptTokens);
    const { tokens } = await generateTimedAnswer(engine, prompt, data.answerTokens);
    await engine.dispose();
    return { tokens, rows: recorder.rows() };
  };
  const [unfused, fused] = [await recordAnswer('unfused'), await recordAnswer('fused')];
  return {
    answerTokens: fused.tokens.length,
    tokensEqual: unfused.tokens.join() === fused.tokens.join(),
    logitDifference: differenceToJson(largestDifference(unfused.rows, fused.rows)),
  };
}

async function timeVariants(bench: LabBench, data: CompileData): Promise<void> {
  const engines: ByVariant<Engine> = {
    unfused: await engineFor(bench, 'unfused', data),
    fused: await engineFor(bench, 'fused', data),
  };
  const prompt = await passageTokens(engines.fused, data.promptTokens);
  for (let round = 0; round <= bench.repetitions; round++) {
    for (const variant of round % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
      bench.progress(round, bench.repetitions + 1);
      const { msPerToken, ttftMs } = await generateTimedAnswer(engines[variant], prompt, data.answerTokens);
      if (round === 0) continue; // the first round runs the lazy initialization
      data.times[variant].decodeMs.push(msPerToken);
      data.times[variant].prefillMs.push(ttftMs);
    }
  }
}
