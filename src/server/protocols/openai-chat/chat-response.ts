// The response format of chat completions.

import { z } from 'zod';
import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { FinishReason } from '../../../completion/generation.ts';
import type { ReadyModel } from '../../../service/model-registry.ts';
import { finishReasonSchema, headShape, responseHead } from '../openai/response-head.ts';
import { cacheReportSchema, usageSchema } from '../openai/usage.ts';
import type { WireFormat } from '../openai/wire-format.ts';
import { chatLogprobs, chatLogprobsSchema } from './chat-logprobs.ts';
import { contextReportSchema } from './chat-prompt.ts';

export const chatResponseSchema = z.strictObject({
  ...headShape,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.strictObject({
      index: z.int(),
      message: z.strictObject({ role: z.literal('assistant'), content: z.string(), refusal: z.null() }),
      logprobs: chatLogprobsSchema.nullable(),
      finish_reason: finishReasonSchema,
    }),
  ),
  usage: usageSchema,
  cache_report: cacheReportSchema.optional(),
  context_report: contextReportSchema.optional(),
});

export const chatChunkSchema = z
  .strictObject({
    ...headShape,
    object: z.literal('chat.completion.chunk'),
    choices: z.array(
      z.strictObject({
        index: z.int(),
        delta: z.strictObject({ role: z.literal('assistant').optional(), content: z.string().optional() }),
        logprobs: chatLogprobsSchema.nullable(),
        finish_reason: finishReasonSchema.nullable(),
      }),
    ),
    usage: usageSchema.nullable().optional(),
    cache_report: cacheReportSchema.optional().describe('sent with the last finish_reason'),
    context_report: contextReportSchema.optional(),
  })
  .describe('the data of one event; the last event is [DONE], and an error is {"error": ...}');

/** @param withLogprobs whether log-probabilities are requested */
export function chatFormat(model: ReadyModel, withLogprobs: boolean): WireFormat {
  const head = responseHead(model, 'chatcmpl');
  const { tokenizer } = model.completer;
  const formatLogprobs = (tokens: readonly TokenLogprobs[]) =>
    withLogprobs ? chatLogprobs(tokens, tokenizer) : null;
  const chunk = (index: number, delta: object, tokens: readonly TokenLogprobs[], reason?: FinishReason) => ({
    index,
    delta,
    logprobs: tokens.length === 0 ? null : formatLogprobs(tokens),
    finish_reason: reason ?? null,
  });
  return {
    responseHead: { ...head, object: 'chat.completion' },
    chunkHead: { ...head, object: 'chat.completion.chunk' },
    firstChunk: (index) => chunk(index, { role: 'assistant', content: '' }, []),
    textChunk: (index, content, tokens) => chunk(index, { content }, tokens),
    lastChunk: (index, reason, tokens) => chunk(index, {}, tokens, reason),
    choice: (index, { text, logprobs: tokens = [], finishReason }) => ({
      index,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: formatLogprobs(tokens),
      finish_reason: finishReason,
    }),
  };
}
