// Text completions on the wire.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { FinishReason } from '../../../completion/generation.ts';
import type { ReadyModel } from '../../../service/model-registry.ts';
import { systemFingerprint } from '../openai/system-fingerprint.ts';
import { cacheReportSchema, usageSchema } from '../openai/usage.ts';
import type { AnswerForm } from '../openai/wire-format.ts';
import { TextLogprobs, textLogprobsSchema } from './text-logprobs.ts';

const finishReason = z.enum(['stop', 'length']);
const choiceShape = { index: z.int(), text: z.string(), logprobs: textLogprobsSchema.nullable() };
const headShape = {
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int().describe('seconds since 1970'),
  model: z.string(),
  system_fingerprint: z.string().describe('of all that can change a bit of an answer'),
};

export const completionResponseSchema = z.strictObject({
  ...headShape,
  choices: z.array(z.strictObject({ ...choiceShape, finish_reason: finishReason })),
  usage: usageSchema,
  cache_report: cacheReportSchema.optional(),
});

export const completionChunkSchema = z
  .strictObject({
    ...headShape,
    choices: z.array(z.strictObject({ ...choiceShape, finish_reason: finishReason.nullable() })),
    usage: usageSchema.nullable().optional(),
    cache_report: cacheReportSchema.optional().describe('with the last finish_reason'),
  })
  .describe('the data of one event; the last is [DONE], and a failure is {"error": ...}');

/** @param told log-probabilities are asked for */
export function completionForm({ name: model, completer }: ReadyModel, told: boolean): AnswerForm {
  const head = {
    id: `cmpl-${randomUUID()}`,
    object: 'text_completion',
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: systemFingerprint(completer.info),
  };
  const tellers = new Map<number, TextLogprobs>();
  const teller = (index: number): TextLogprobs => {
    const one = tellers.get(index) ?? new TextLogprobs(completer.tokenizer);
    tellers.set(index, one);
    return one;
  };
  const choice = (index: number, text: string, tokens: readonly TokenLogprobs[], reason?: FinishReason) => ({
    index,
    text,
    logprobs: told ? teller(index).tell(tokens) : null,
    finish_reason: reason ?? null,
  });
  return {
    whole: head,
    chunk: head,
    opening: () => undefined,
    piece: (index, text, tokens) => choice(index, text, tokens),
    ending: (index, reason, tokens) => choice(index, '', tokens, reason),
    choice: (index, { text, logprobs = [], finishReason: reason }) => choice(index, text, logprobs, reason),
  };
}
