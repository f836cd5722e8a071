// The texts that guesses are tried on: one that repeats itself, and one that does not.

import type { RequestOptions } from '../../../completion/request-options.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { type Text, text } from '../../text.ts';

const COPIES = 8; // of a stretch of text, so that what follows is likely a copy too
const STRETCH = 20; // tokens
const GENERATE = 128;
const QUICK_GENERATE = 16;

export interface Kind {
  readonly name: string;
  readonly title: Text;
  readonly prompt: readonly number[];
  readonly answerTokens: number;
  readonly options: RequestOptions;
}

/** Tokens of an answer, a quarter of the context at most. */
export async function answerLength(bench: LabBench): Promise<number> {
  const { contextLength } = (await bench.load()).config;
  return Math.min(bench.size(GENERATE, QUICK_GENERATE), contextLength >> 2);
}

export async function kindsOf(bench: LabBench): Promise<Kind[]> {
  const engine = await bench.engine();
  const answerTokens = await answerLength(bench);
  const stretch = Math.min(STRETCH, Math.floor((engine.contextLength - answerTokens) / COPIES));
  const once = await passageTokens(engine, stretch);
  const again = Array.from({ length: COPIES - 1 }, () => once.slice(1)).flat();
  return [
    {
      name: 'repeating',
      title: text('repeating (greedy)', '重复文本（贪心）'),
      prompt: [...once, ...again],
      answerTokens,
      options: { temperature: 0 },
    },
    {
      name: 'free',
      // So warm that even a model that likes to repeat itself seldom does.
      title: text('other (drawn at temperature 2)', '其他文本（温度 2 采样）'),
      prompt: await passageTokens(engine, COPIES * stretch),
      answerTokens,
      options: { temperature: 2, seed: 1 },
    },
  ];
}
