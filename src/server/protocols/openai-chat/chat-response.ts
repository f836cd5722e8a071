// Chat completions on the wire.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { FinishReason } from '../../../completion/generation.ts';
import type { ReadyModel } from '../../../service/model-registry.ts';
import { systemFingerprint } from '../openai/system-fingerprint.ts';
import { cacheReportSchema, usageSchema } from '../openai/usage.ts';
import type { AnswerForm } from '../openai/wire-format.ts';
import { chatLogprobs, chatLogprobsSchema } from './chat-logprobs.ts';
import { contextReportSchema } from './chat-prompt.ts';

const finishReason = z.enum(['stop', 'length']);
const headShape = {
  id: z.string(),
  created: z.int().describe('seconds since 1970'),
  model: z.string(),
  system_fingerprint: z.string().describe('of all that can change a bit of an answer'),
};

export const chatResponseSchema = z.strictObject({
  ...headShape,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.strictObject({
      index: z.int(),
      message: z.strictObject({ role: z.literal('assistant'), content: z.string(), refusal: z.null() }),
      logprobs: chatLogprobsSchema.nullable(),
      finish_reason: finishReason,
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
        finish_reason: finishReason.nullable(),
      }),
    ),
    usage: usageSchema.nullable().optional(),
    cache_report: cacheReportSchema.optional().describe('with the last finish_reason'),
    context_report: contextReportSchema.optional(),
  })
  .describe('the data of one event; the last is [DONE], and a failure is {"error": ...}');

/** @param told log-probabilities are asked for */
export function chatForm({ name: model, completer }: ReadyModel, told: boolean): AnswerForm {
  const head = {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: systemFingerprint(completer.info),
  };
  const logprobs = (tokens: readonly TokenLogprobs[]) =>
    told ? chatLogprobs(tokens, completer.tokenizer) : null;
  const delta = (index: number, change: object, tokens: readonly TokenLogprobs[], reason?: FinishReason) => ({
    index,
    delta: change,
    logprobs: tokens.length === 0 ? null : logprobs(tokens),
    finish_reason: reason ?? null,
  });
  return {
    whole: { ...head, object: 'chat.completion' },
    chunk: { ...head, object: 'chat.completion.chunk' },
    opening: (index) => delta(index, { role: 'assistant', content: '' }, []),
    piece: (index, content, tokens) => delta(index, { content }, tokens),
    ending: (index, reason, tokens) => delta(index, {}, tokens, reason),
    choice: (index, { text, logprobs: tokens = [], finishReason: reason }) => ({
      index,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: logprobs(tokens),
      finish_reason: reason,
    }),
  };
}
