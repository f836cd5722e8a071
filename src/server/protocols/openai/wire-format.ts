// What differs between chat and text completions on the wire: how a choice looks, whole and in pieces. All else is
// the same for both (send-response.ts).

import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { FinishReason, GenerationResult } from '../../../completion/generation.ts';

export interface AnswerForm {
  /** what a whole body and every chunk begin with */
  readonly whole: object;
  readonly chunk: object;
  /** the first chunk of an answer, where the form has one */
  opening(index: number): object | undefined;
  /** @param tokens those since the last piece; empty when no log-probabilities are asked for */
  piece(index: number, text: string, tokens: readonly TokenLogprobs[]): object;
  ending(index: number, reason: FinishReason, tokens: readonly TokenLogprobs[]): object;
  choice(index: number, result: GenerationResult): object;
}
