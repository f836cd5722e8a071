// The texts on which drafts are tried: one that repeats itself, and one that does not.

import type { RequestOptions } from '../../../completion/request-options.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import type { KindName } from './data.ts';

const COPIES = 8; // of a stretch of text, so that a further copy is likely to follow
const STRETCH = 20; // tokens

export interface TextKind {
  readonly name: KindName;
  readonly prompt: readonly number[];
  readonly options: RequestOptions;
}

export async function textKinds(bench: LabBench, answerTokens: number): Promise<TextKind[]> {
  const engine = await bench.engine();
  const stretch = Math.min(STRETCH, Math.floor((engine.contextLength - answerTokens) / COPIES));
  const once = await passageTokens(engine, stretch);
  const again = Array.from({ length: COPIES - 1 }, () => once.slice(1)).flat();
  return [
    { name: 'repeating', prompt: [...once, ...again], options: { temperature: 0 } },
    {
      name: 'free',
      prompt: await passageTokens(engine, COPIES * stretch),
      // At this temperature even a model that tends to repeat itself seldom does.
      options: { temperature: 2, seed: 1 },
    },
  ];
}
