// The JSON of choices, whole and as chunks: the part of a response in which chat and text completions differ. The rest is
// shared (send-response.ts).

import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { FinishReason, GenerationResult } from '../../../completion/generation.ts';

export interface WireFormat {
  /** the fields of a response besides `choices` and `usage` */
  readonly responseHead: object;
  /** the same for every chunk */
  readonly chunkHead: object;
  /** the first chunk of a choice; undefined when the format has none */
  firstChunk(index: number): object | undefined;
  /** @param tokens those since the last chunk; empty when no log-probabilities are requested */
  textChunk(index: number, text: string, tokens: readonly TokenLogprobs[]): object;
  lastChunk(index: number, reason: FinishReason, tokens: readonly TokenLogprobs[]): object;
  choice(index: number, result: GenerationResult): object;
}
