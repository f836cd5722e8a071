// The measurement of the experiment `shapes`.

import { generateTimedAnswer } from '../../answer.ts';
import { attentionLayers } from '../../attention-layers.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { StepRecorder } from '../../step-recorder.ts';
import { MODES, type Mode, type ShapesData, type TracedStep } from './data.ts';
import { traceSteps } from './step-trace.ts';

const PROMPT = 'The capital of France is';
const ANSWER_TOKENS = 4;
const WARM_UP_TOKENS = 48; // enough to measure the speed, so that the time limit of a step allows the whole prompt

export async function measureShapes(bench: LabBench, record: RecordData<ShapesData>): Promise<ShapesData> {
  const { program } = await bench.load();
  const data: ShapesData = {
    layerKinds: attentionLayers(program).map(({ layers, ...kind }) => ({ ...kind, layers: [...layers] })),
    steps: { paged: [], none: [] },
  };
  record(data);
  for (const [i, mode] of MODES.entries()) {
    bench.progress(i, MODES.length);
    data.steps[mode] = await tracedSteps(bench, mode);
  }
  return data;
}

async function tracedSteps(bench: LabBench, cache: Mode): Promise<TracedStep[]> {
  const recorder = new StepRecorder();
  const engine = await bench.engine({ cache, maxRunning: 1, onStep: recorder.observe });
  const prompt = engine.tokenizer.encodePrompt(PROMPT);
  const warmUp = Math.min(WARM_UP_TOKENS, engine.contextLength - 2);
  await generateTimedAnswer(engine, await passageTokens(engine, warmUp), 1);
  recorder.clear();
  await generateTimedAnswer(engine, prompt, Math.min(ANSWER_TOKENS, engine.contextLength - prompt.length));
  return traceSteps(recorder.steps, cache, (token) => engine.decodeRaw([token]));
}
