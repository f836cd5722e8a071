// The response format of text completions.

import { z } from 'zod';
import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { FinishReason } from '../../../completion/generation.ts';
import type { ReadyModel } from '../../../service/model-registry.ts';
import { finishReasonSchema, headShape, responseHead } from '../openai/response-head.ts';
import { cacheReportSchema, usageSchema } from '../openai/usage.ts';
import type { WireFormat } from '../openai/wire-format.ts';
import { TextLogprobs, textLogprobsSchema } from './text-logprobs.ts';

const choiceShape = { index: z.int(), text: z.string(), logprobs: textLogprobsSchema.nullable() };
const objectShape = { ...headShape, object: z.literal('text_completion') };

export const completionResponseSchema = z.strictObject({
  ...objectShape,
  choices: z.array(z.strictObject({ ...choiceShape, finish_reason: finishReasonSchema })),
  usage: usageSchema,
  cache_report: cacheReportSchema.optional(),
});

export const completionChunkSchema = z
  .strictObject({
    ...objectShape,
    choices: z.array(z.strictObject({ ...choiceShape, finish_reason: finishReasonSchema.nullable() })),
    usage: usageSchema.nullable().optional(),
    cache_report: cacheReportSchema.optional().describe('sent with the last finish_reason'),
  })
  .describe('the data of one event; the last event is [DONE], and an error is {"error": ...}');

/** @param withLogprobs whether log-probabilities are requested */
export function completionFormat(model: ReadyModel, withLogprobs: boolean): WireFormat {
  const head = { ...responseHead(model, 'cmpl'), object: 'text_completion' };
  const { tokenizer } = model.completer;
  const formatters = new Map<number, TextLogprobs>(); // by choice index, because offsets continue from chunk to chunk
  const formatterOf = (index: number): TextLogprobs => {
    const formatter = formatters.get(index) ?? new TextLogprobs(tokenizer);
    formatters.set(index, formatter);
    return formatter;
  };
  const choice = (index: number, text: string, tokens: readonly TokenLogprobs[], reason?: FinishReason) => ({
    index,
    text,
    logprobs: withLogprobs ? formatterOf(index).format(tokens) : null,
    finish_reason: reason ?? null,
  });
  return {
    responseHead: head,
    chunkHead: head,
    firstChunk: () => undefined,
    textChunk: (index, text, tokens) => choice(index, text, tokens),
    lastChunk: (index, reason, tokens) => choice(index, '', tokens, reason),
    choice: (index, { text, logprobs = [], finishReason }) => choice(index, text, logprobs, finishReason),
  };
}
