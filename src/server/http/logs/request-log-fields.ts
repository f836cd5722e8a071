// The data that the request log records about a request, collected by the handlers while they serve the request. All texts are in
// one field, which a log without texts omits.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GenerationResult } from '../../../completion/generation.ts';

/** The field names are those of the log line. */
export interface RequestNotes {
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
    readonly notes: RequestNotes;
  }
}

export function installRequestNotes(app: FastifyInstance): void {
  // The notes are created on first use, because requests that fail before any hook also have notes.
  const notesOf = new WeakMap<object, RequestNotes>();
  app.decorateRequest('notes', {
    getter(this: FastifyRequest): RequestNotes {
      const notes = notesOf.get(this.raw) ?? {};
      notesOf.set(this.raw, notes);
      return notes;
    },
  });
}

export function noteTexts({ notes }: FastifyRequest, user: string | undefined, input: unknown): void {
  if (user !== undefined) notes.user = user;
  notes.texts = { asked: input };
}

/** @param prompts for each prompt, the results of its choices */
export function noteResults(
  { notes }: FastifyRequest,
  prompts: readonly (readonly GenerationResult[])[],
): void {
  const results = prompts.flat();
  const firstResults = prompts.map(([first]) => first!); // the choices of a prompt report the same prompt tokens
  notes.promptTokens = firstResults.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  notes.cachedTokens = firstResults.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
  notes.generatedTokens = results.reduce((sum, { generatedTokens }) => sum + generatedTokens, 0);
  notes.finishReasons = results.map(({ finishReason }) => finishReason);
  if (notes.texts !== undefined) notes.texts.answered = results.map(({ text }) => text);
}
