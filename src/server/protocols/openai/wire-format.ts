// Formats choices as JSON, complete or in chunks. Chat and text completions differ only in this part of a response;
// send-response.ts creates the common parts.

import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { FinishReason, GenerationResult } from '../../../completion/generation.ts';

export interface WireFormat {
  /** the fields of a response except `choices` and `usage` */
  readonly responseHead: object;
  /** the fields of every chunk except `choices` and `usage` */
  readonly chunkHead: object;
  /** Returns the first chunk of a choice; undefined if the format has no such chunk. */
  firstChunk(index: number): object | undefined;
  /** @param tokens the tokens since the last chunk; empty if no log-probabilities are requested */
  textChunk(index: number, text: string, tokens: readonly TokenLogprobs[]): object;
  lastChunk(index: number, reason: FinishReason, tokens: readonly TokenLogprobs[]): object;
  choice(index: number, result: GenerationResult): object;
}
