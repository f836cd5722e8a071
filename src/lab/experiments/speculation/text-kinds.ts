// The texts for which drafts are measured: a text that repeats itself, and a text that does not.

import type { RequestOptions } from '../../../completion/request-options.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import type { TextKindName } from './data.ts';

const COPIES = 8; // of a passage, so that the model is likely to continue with another copy
const MAX_PASSAGE_TOKENS = 20;

export interface TextKind {
  readonly name: TextKindName;
  readonly prompt: readonly number[];
  readonly options: RequestOptions;
}

export async function textKinds(bench: LabBench, answerTokens: number): Promise<TextKind[]> {
  const engine = await bench.engine();
  const passageLength = Math.min(
    MAX_PASSAGE_TOKENS,
    Math.floor((engine.contextLength - answerTokens) / COPIES),
  );
  const passage = await passageTokens(engine, passageLength);
  const copies = Array.from({ length: COPIES - 1 }, () => passage.slice(1)).flat();
  return [
    { name: 'repeating', prompt: [...passage, ...copies], options: { temperature: 0 } },
    {
      name: 'free',
      prompt: await passageTokens(engine, COPIES * passageLength),
      // At this temperature a model seldom repeats itself.
      options: { temperature: 2, seed: 1 },
    },
  ];
}
