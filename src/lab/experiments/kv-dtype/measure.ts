// The measurement of the experiment `kv-dtype`.

import { KV_DTYPES, type KvDtype } from '../../../base/model/kv-layout.ts';
import type { Engine } from '../../../engine/engine.ts';
import { kvBytesRead } from '../../../program/work.ts';
import { generateTimedAnswer, type TimedAnswer } from '../../answer.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { measuredLengths } from '../../length-steps.ts';
import { passageTokens } from '../../passage.ts';
import { type ByDtype, byDtype, byDtypeAsync, type KvDtypeData } from './data.ts';
import { KvQuality } from './quality.ts';
import { TeacherForcing } from './teacher-forced.ts';

const QUESTION = 'What is the capital of France?';
const COMPARED_TOKENS = 320; // tokens of the text whose logits are compared
const QUICK_COMPARED_TOKENS = 24;
const LENGTHS = [64, 256, 900];
const QUICK_LENGTHS = [16, 48];
const ANSWER_TOKENS = 32; // at each length
const RECORD_EVERY = 32; // positions

type Progress = (done: number) => void;

export async function measureKvDtype(bench: LabBench, record: RecordData<KvDtypeData>): Promise<KvDtypeData> {
  const { contextLength } = (await bench.load()).config;
  const compared = Math.min(bench.fullOrQuick(COMPARED_TOKENS, QUICK_COMPARED_TOKENS), contextLength);
  const generate = bench.fullOrQuick(ANSWER_TOKENS, 4);
  const defaultLengths = bench.fullOrQuick(LENGTHS, QUICK_LENGTHS);
  const lengths = measuredLengths(bench, { contextLength, reserved: generate, defaultLengths });
  const total = compared + lengths.length * bench.repetitions * generate;
  const data: KvDtypeData = { positions: 0, weightBytes: 0, timings: [] };
  record(data);
  await compareLogits(bench, data, compared, (done) => bench.progress(done, total));
  if (lengths.length > 0)
    await timeTypes(bench, data, { lengths, generate }, (done) => bench.progress(compared + done, total));
  return data;
}

/** Computes the same text under each type and compares the logits at each position with those of f32. */
async function compareLogits(
  bench: LabBench,
  data: KvDtypeData,
  length: number,
  progress: Progress,
): Promise<void> {
  const forcedByType = await byDtypeAsync((type) =>
    TeacherForcing.create(bench, { kvDtype: type, context: length }),
  );
  const qualities = byDtype(() => new KvQuality());
  const passage = await sampledText(forcedByType.f32.engine, length);
  for (let n = 1; n < length; n++) {
    progress(n);
    const prefix = passage.slice(0, n);
    const exact = await forcedByType.f32.logitsAfter(prefix);
    for (const type of KV_DTYPES) {
      const row = type === 'f32' ? exact : await forcedByType[type].logitsAfter(prefix);
      qualities[type].add(row, exact, passage[n]!);
    }
    if (n % RECORD_EVERY > 0 && n < length - 1) continue;
    data.positions = n;
    data.quality = byDtype((type) => {
      const { largestDifference, meanDifference, agreement, perplexity } = qualities[type];
      const { bytesPerToken } = forcedByType[type];
      return { bytesPerToken, largestDifference, meanDifference, agreement, perplexity };
    });
  }
  for (const type of KV_DTYPES) await forcedByType[type].engine.dispose();
}

/** Samples a text from the model under f32, so that the text is likely for the model, whatever its training data was. */
async function sampledText(engine: Engine, length: number): Promise<number[]> {
  const prompt = (await engine.encode({ prompt: QUESTION })).slice(0, length >> 1);
  const count = length - prompt.length;
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
  const { tokens } = await engine.completeTokens(prompt, {
    ...sampling,
    maxTokens: count,
    minTokens: count,
  }).result;
  return [...prompt, ...tokens];
}

async function timeTypes(
  bench: LabBench,
  data: KvDtypeData,
  { lengths, generate }: { lengths: readonly number[]; generate: number },
  progress: Progress,
): Promise<void> {
  const context = lengths.at(-1)! + generate;
  const engines = await byDtypeAsync((type) => bench.engine({ kvDtype: type, context, maxRunning: 1 }));
  const { work } = engines.f32.info;
  data.weightBytes = work.weightBytes;
  let done = 0;
  for (const length of lengths) {
    const prompt = await passageTokens(engines.f32, length);
    const answers: ByDtype<TimedAnswer[]> = { f32: [], f16: [], bf16: [], int8: [] };
    for (let round = 0; round <= bench.repetitions; round++) {
      for (const type of dtypeOrder(round)) {
        progress(done);
        // The prompt is computed once: only the answer is timed.
        const answer = await generateTimedAnswer(engines[type], prompt, generate, { cacheSalt: 'kv-dtype' });
        if (round > 0) answers[type].push(answer); // the first round computes the prompt and is a warm-up
      }
      if (round > 0) done += generate;
    }
    const types = byDtype((type) => ({
      usedBytes: answers[type].at(-1)!.usage.usedBytes,
      msPerToken: answers[type].map(({ msPerToken }) => msPerToken),
    }));
    data.timings.push({ length, kvBytesRead: kvBytesRead(work, length), types });
  }
}

const dtypeOrder = (round: number): readonly KvDtype[] =>
  round % 2 === 0 ? KV_DTYPES : KV_DTYPES.toReversed();
