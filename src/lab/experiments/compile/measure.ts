// The measurement of `compile`.

import { sum } from '../../../base/sum.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { LoadedModel } from '../../../engine/load-model.ts';
import { planMemory } from '../../../program/plan-memory.ts';
import { emitTape } from '../../../program/tape.ts';
import { timedAnswer } from '../../answer.ts';
import { toDifference } from '../../data-schemas.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench, ModelChoice } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';

import { largestDifference, StepRecorder } from '../../step-recorder.ts';
import { type BySide, type CompileData, forSides, SIDES, type Side, type TapeCounts } from './data.ts';
import { countWaits } from './waits.ts';

const CHOICES: BySide<ModelChoice> = { unfused: { fuse: false }, fused: {} };
const STEP_TOKENS = 256; // capacity of the tape, the default of an engine

export async function measureCompile(bench: LabBench, record: RecordData<CompileData>): Promise<CompileData> {
  const models = { unfused: await bench.load(CHOICES.unfused), fused: await bench.load(CHOICES.fused) };
  const { contextLength } = models.fused.config;
  const stepTokens = Math.min(STEP_TOKENS, contextLength);
  const answerTokens = Math.min(bench.size(32, 8), contextLength >> 1);
  const data: CompileData = {
    stepTokens,
    tapes: forSides((side) => countTape(models[side], stepTokens)),
    promptTokens: Math.min(bench.size(256, 32), contextLength - answerTokens - 1),
    answerTokens,
    times: { unfused: { prefillMs: [], decodeMs: [] }, fused: { prefillMs: [], decodeMs: [] } },
  };
  record(data);
  data.equality = await compareBits(bench, data);
  await timeSides(bench, data);
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
  side: Side,
  { promptTokens, answerTokens }: CompileData,
  recorder?: StepRecorder,
): Promise<Engine> =>
  bench.engine(
    {
      maxRunning: 1,
      context: promptTokens + answerTokens + 1,
      ...(recorder !== undefined && { onStep: recorder.observe }),
    },
    CHOICES[side],
  );

async function compareBits(
  bench: LabBench,
  data: CompileData,
): Promise<NonNullable<CompileData['equality']>> {
  const recorded = async (side: Side) => {
    const recorder = new StepRecorder();
    const engine = await engineFor(bench, side, data, recorder);
    const prompt = await passageTokens(engine, data.promptTokens);
    const { tokens } = await timedAnswer(engine, prompt, data.answerTokens);
    await engine.dispose();
    return { tokens, rows: recorder.rows() };
  };
  const [unfused, fused] = [await recorded('unfused'), await recorded('fused')];
  return {
    answerTokens: fused.tokens.length,
    tokensEqual: unfused.tokens.join() === fused.tokens.join(),
    logitDifference: toDifference(largestDifference(unfused.rows, fused.rows)),
  };
}

async function timeSides(bench: LabBench, data: CompileData): Promise<void> {
  const engines: BySide<Engine> = {
    unfused: await engineFor(bench, 'unfused', data),
    fused: await engineFor(bench, 'fused', data),
  };
  const prompt = await passageTokens(engines.fused, data.promptTokens);
  for (let round = 0; round <= bench.repetitions; round++) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
      bench.progress(round, bench.repetitions + 1);
      const { msPerToken, ttftMs } = await timedAnswer(engines[side], prompt, data.answerTokens);
      if (round === 0) continue; // initializes what is created lazily
      data.times[side].decodeMs.push(msPerToken);
      data.times[side].prefillMs.push(ttftMs);
    }
  }
}
