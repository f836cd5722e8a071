// The measurement of the experiment `speculation`.

import type { Engine } from '../../../engine/engine.ts';
import { generateTimedAnswer } from '../../answer.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { countSteps } from './count-steps.ts';
import type { SpeculationData } from './data.ts';
import { type TextKind, textKinds } from './text-kinds.ts';

const DRAFTS = [0, 2, 4, 8]; // maximum numbers of draft tokens per step
const ANSWER_TOKENS = 128;
const QUICK_ANSWER_TOKENS = 16;

export async function measureSpeculation(
  bench: LabBench,
  record: RecordData<SpeculationData>,
): Promise<SpeculationData> {
  const { contextLength } = (await bench.load()).config;
  const answerTokens = Math.min(bench.fullOrQuick(ANSWER_TOKENS, QUICK_ANSWER_TOKENS), contextLength >> 2);
  const kinds = await textKinds(bench, answerTokens);
  const countedRuns = kinds.length * DRAFTS.length;
  const total = countedRuns * (2 + bench.repetitions); // counting, warm-up, repetitions
  const progress = (done: number): void => bench.progress(done, total);
  const runs = await countSteps(bench, { kinds, drafts: DRAFTS, answerTokens, progress });
  const data: SpeculationData = { answerTokens, runs };
  record(data);
  await timeRuns(bench, data, kinds, (done) => progress(countedRuns + done));
  return data;
}

async function timeRuns(
  bench: LabBench,
  { runs, answerTokens }: SpeculationData,
  kinds: readonly TextKind[],
  progress: (done: number) => void,
): Promise<void> {
  const engines = new Map<number, Engine>();
  for (const draftTokens of DRAFTS)
    engines.set(draftTokens, await bench.engine({ draftTokens, maxRunning: 1 }));
  let done = 0;
  for (let round = 0; round <= bench.repetitions; round++)
    for (const { name, prompt, options } of kinds)
      for (const [drafts, engine] of round % 2 === 0 ? engines : [...engines].reverse()) {
        progress(done++);
        const { msPerToken } = await generateTimedAnswer(engine, prompt, answerTokens, options);
        if (round === 0) continue; // the first round runs the lazy initialization
        runs.find((run) => run.kind === name && run.drafts === drafts)!.msPerToken.push(msPerToken);
      }
}
