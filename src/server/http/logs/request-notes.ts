// What a request was about, noted on its way and written down when it ends. Texts are kept apart from numbers, so
// that a log without them is a matter of not looking.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GenerationResult } from '../../../completion/generation.ts';

export interface RequestNotes {
  user?: string;
  /** code of the error that it ended with */
  error?: string;
  promptTokens?: number;
  cachedTokens?: number;
  generatedTokens?: number;
  finishReasons?: readonly string[];
  /** messages or prompts, and answers: for logs that were asked to have them */
  texts?: { readonly asked: unknown; answered?: readonly string[] };
}

declare module 'fastify' {
  interface FastifyRequest {
    readonly notes: RequestNotes;
  }
}

export function installNotes(app: FastifyInstance): void {
  // Made when first asked for: requests that fail before any hook have notes too.
  const all = new WeakMap<object, RequestNotes>();
  app.decorateRequest('notes', {
    getter(this: FastifyRequest): RequestNotes {
      const notes = all.get(this.raw) ?? {};
      all.set(this.raw, notes);
      return notes;
    },
  });
}

export function noteTexts({ notes }: FastifyRequest, user: string | undefined, asked: unknown): void {
  if (user !== undefined) notes.user = user;
  notes.texts = { asked };
}

/** @param prompts the answers to each prompt */
export function noteResults(
  { notes }: FastifyRequest,
  prompts: readonly (readonly GenerationResult[])[],
): void {
  const all = prompts.flat();
  const firsts = prompts.map(([first]) => first!);
  notes.promptTokens = firsts.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  notes.cachedTokens = firsts.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
  notes.generatedTokens = all.reduce((sum, { generatedTokens }) => sum + generatedTokens, 0);
  notes.finishReasons = all.map(({ finishReason }) => finishReason);
  if (notes.texts !== undefined) notes.texts.answered = all.map(({ text }) => text);
}
