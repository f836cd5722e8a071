// The fields of a request's log line that its handlers set while they serve the request. All texts are in one field, which a
// log without texts omits.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GenerationResult } from '../../../completion/generation.ts';

/** The field names are those of the log line. */
export interface RequestLogFields {
  user?: string;
  /** code of the error that ended the request */
  error?: string;
  promptTokens?: number;
  cachedTokens?: number;
  generatedTokens?: number;
  finishReasons?: readonly string[];
  /** messages or prompts, and answers; logged only with `JsonLogOptions.texts` */
  texts?: { readonly asked: unknown; answered?: readonly string[] };
}

declare module 'fastify' {
  interface FastifyRequest {
    readonly logFields: RequestLogFields;
  }
}

export function installRequestLogFields(app: FastifyInstance): void {
  // The object is created on first use, because requests that fail before any hook are also logged.
  const fieldsByRequest = new WeakMap<object, RequestLogFields>();
  app.decorateRequest('logFields', {
    getter(this: FastifyRequest): RequestLogFields {
      const logFields = fieldsByRequest.get(this.raw) ?? {};
      fieldsByRequest.set(this.raw, logFields);
      return logFields;
    },
  });
}

export function setLogTexts({ logFields }: FastifyRequest, user: string | undefined, input: unknown): void {
  if (user !== undefined) logFields.user = user;
  logFields.texts = { asked: input };
}

/** @param prompts for each prompt, the results of its choices */
export function setLogResults(
  { logFields }: FastifyRequest,
  prompts: readonly (readonly GenerationResult[])[],
): void {
  const results = prompts.flat();
  const firstResults = prompts.map(([first]) => first!); // the choices of a prompt report the same prompt tokens
  logFields.promptTokens = firstResults.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  logFields.cachedTokens = firstResults.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
  logFields.generatedTokens = results.reduce((sum, { generatedTokens }) => sum + generatedTokens, 0);
  logFields.finishReasons = results.map(({ finishReason }) => finishReason);
  if (logFields.texts !== undefined) logFields.texts.answered = results.map(({ text }) => text);
}
