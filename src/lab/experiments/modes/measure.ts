// The measurement of the experiment `modes`.

import { sum } from '../../../base/sum.ts';
import type { Engine } from '../../../engine/engine.ts';
import { generateTimedAnswer, type TimedAnswer } from '../../answer.ts';
import { differenceToJson } from '../../data-schemas.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { measuredLengths } from '../../length-steps.ts';
import { passageTokens } from '../../passage.ts';
import { largestDifference, StepRecorder } from '../../step-recorder.ts';
import { byMode, MODES, type Mode, type ModesData, type ModesTiming } from './data.ts';

const LENGTHS = [16, 32, 64, 128, 256, 512, 900];
const QUICK_LENGTHS = [8, 16, 32, 64];
const TIMED_TOKENS = 16;
const MAX_REPETITION_MS = 8000; // a mode is not repeated at a length after this time
const LONG_ANSWER_MS = 2000; // a longer answer is counted from the first round, because warm-up is a small part of it
const PROMPTS = [
  'What is a cache?',
  'The quick brown fox jumps over the lazy dog, and then',
  'Once upon a time there was a lighthouse keeper who wrote down every ship that passed. One winter',
];

export async function measureModes(bench: LabBench, record: RecordData<ModesData>): Promise<ModesData> {
  const engines: Record<Mode, Engine> = {
    none: await bench.engine({ cache: 'none', maxRunning: 1 }),
    contiguous: await bench.engine({ cache: 'contiguous', maxRunning: 1 }),
    paged: await bench.engine({ cache: 'paged', maxRunning: 1 }),
  };
  const { contextLength } = engines.paged;
  const defaultLengths = bench.fullOrQuick(LENGTHS, QUICK_LENGTHS);
  const lengths = measuredLengths(bench, { contextLength, reserved: TIMED_TOKENS, defaultLengths });
  const data: ModesData = {
    answerTokens: bench.fullOrQuick(32, 8),
    timedTokens: TIMED_TOKENS,
    answers: [],
    points: [],
  };
  record(data);
  const prompts = await comparedPrompts(bench, lengths.at(-1)!);
  const total = prompts.length + lengths.length;
  for (const [i, prompt] of prompts.entries()) {
    bench.progress(i, total);
    await compareAnswers(bench, data, prompt);
  }
  for (const [i, length] of lengths.entries()) {
    bench.progress(prompts.length + i, total);
    data.points.push({ length, timings: await timeModes(bench, engines, length) });
  }
  return data;
}

async function comparedPrompts(bench: LabBench, longest: number): Promise<number[][]> {
  const { tokenizer } = await bench.load();
  const short = PROMPTS.map((prompt) => tokenizer.encodePrompt(prompt));
  return [...short, await passageTokens(await bench.engine(), Math.max(2, longest >> 1))];
}

/** Compares tokens, and logits bit by bit. Recording logits takes time, so these engines are not used for the timings. */
async function compareAnswers(bench: LabBench, data: ModesData, prompt: readonly number[]): Promise<void> {
  const recordAnswer = async (cache: Mode) => {
    const recorder = new StepRecorder();
    const engine = await bench.engine({ cache, maxRunning: 1, onStep: recorder.observe });
    const { tokens, totalMs } = await generateTimedAnswer(engine, prompt, data.answerTokens);
    await engine.dispose();
    return { tokens, totalMs, rows: recorder.rows() };
  };
  const uncached = await recordAnswer('none');
  for (const mode of MODES) {
    const { tokens, rows, totalMs } = mode === 'none' ? uncached : await recordAnswer(mode);
    data.answers.push({
      mode,
      promptTokens: prompt.length,
      tokensEqual: tokens.join() === uncached.tokens.join(),
      logitDifference: differenceToJson(largestDifference(uncached.rows, rows)),
      totalMs,
    });
  }
}

async function timeModes(
  bench: LabBench,
  engines: Readonly<Record<Mode, Engine>>,
  length: number,
): Promise<Record<Mode, ModesTiming>> {
  const prompt = await passageTokens(engines.paged, length);
  const answers: Record<Mode, TimedAnswer[]> = { none: [], contiguous: [], paged: [] };
  for (let round = 0; round <= bench.repetitions; round++) {
    for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
      const spentMs = sum(answers[mode].map(({ totalMs }) => totalMs));
      if (spentMs > MAX_REPETITION_MS) continue;
      bench.throwIfAborted();
      const answer = await generateTimedAnswer(engines[mode], prompt, TIMED_TOKENS);
      const isWarmUp = round === 0 && answer.totalMs < LONG_ANSWER_MS;
      if (!isWarmUp) answers[mode].push(answer);
    }
  }
  return byMode((mode) => {
    const { reservedBytes, usedBytes, wastedBytes } = answers[mode].at(-1)!.usage;
    return {
      msPerToken: answers[mode].map(({ msPerToken }) => msPerToken),
      ttftMs: answers[mode].map(({ ttftMs }) => ttftMs),
      totalMs: answers[mode].map(({ totalMs }) => totalMs),
      ...{ reservedBytes, usedBytes, wastedBytes },
    };
  });
}
