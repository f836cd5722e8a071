// Runs turns, at most one per conversation. A turn continues when its client disconnects, and the client can resume it. This
// class alone decides whether a turn may begin; protocols hold no state about that. The last turn of a conversation stays in
// memory after it has ended, until MAX_ENDED_TURNS later turns have ended.

import { setTimeout as sleep } from 'node:timers/promises';
import { asQuireError, isAbort, isFault, QuireError } from '../base/errors.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import type { OpenConversation } from '../chat/conversation-library.ts';
import type { ChatResult, ChatStream, Conversation } from '../chat/conversation-types.ts';
import type { CompletionOptions } from '../completion/completer.ts';
import { ContextExceededError } from '../completion/context-exceeded.ts';
import { withoutOtherSalts } from './cache-salt.ts';
import { asUnloadedError } from './model-errors.ts';
import { shuttingDownError } from './shutting-down.ts';
import { errorEvent, type FailureEvent, type TurnEvent, type TurnUsage } from './turn-events.ts';
import { TurnLog } from './turn-log.ts';

/** The input of a turn: a message, an edited message, or a request to regenerate an answer. */
export type TurnRequest =
  | { readonly message: string; readonly edit?: string | undefined }
  | { readonly regenerate: true | string };

export interface TurnStart {
  readonly owner: string;
  readonly open: OpenConversation;
  readonly request: TurnRequest;
  /** sampling options, which take precedence over those of the conversation */
  readonly options?: Omit<CompletionOptions, 'signal'> | undefined;
  /** name of the model that answers, for the end event */
  readonly model?: string | undefined;
  readonly tag?: string | undefined;
  readonly cacheReport?: boolean;
  /** throws to reject the turn; the returned function is called once with the number of tokens that the turn used */
  readonly admit?: () => (tokens: number) => void;
}

interface Turn {
  readonly log: TurnLog;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Milliseconds for storing turns that are cancelled at shutdown. */
export const STORE_GRACE_MS = 500;

const MAX_ENDED_TURNS = 256; // kept for clients that reconnect

export class Turns {
  readonly #turns = new Map<string, Turn>();
  readonly #log: (line: string) => void;
  #closing = false;
  /** shutdown no longer waits for the remaining turns */
  #abandoned = false;

  /** @param log receives a line for each fault of the service */
  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Returns the running or last turn of a conversation; undefined if there is none, or if `owner` does not own it. */
  of(owner: string, conversation: string): TurnLog | undefined {
    const log = this.#turns.get(conversation)?.log;
    return log?.owner === owner ? log : undefined;
  }

  /** Starts a turn. Throws `conversation_busy` and `shutting_down`; errors of the turn itself become its last event. */
  begin(start: TurnStart): TurnLog {
    const { id } = start.open.record;
    if (this.#turns.get(id)?.log.ended === false) throw conversationBusyError();
    if (this.#closing) throw shuttingDownError();
    const log = new TurnLog(start.owner, id);
    const controller = new AbortController();
    log.push({ type: 'start', content: '', ...omitUndefined({ tag: start.tag }) });
    const done = this.#run(start, log, controller.signal);
    this.#turns.delete(id); // so that turns are ordered by their start
    this.#turns.set(id, { log, controller, done });
    this.#forgetEnded();
    return log;
  }

  /** Cancels the running turn of a conversation, if there is one. */
  cancel(owner: string, conversation: string): void {
    const turn = this.#turns.get(conversation);
    if (turn?.log.owner === owner) turn.controller.abort();
  }

  /** Starts no more turns, and lets running turns end within `graceMs`. */
  async finish(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#waitForTurns(graceMs);
  }

  /**
   * Cancels all turns, which end with `shutting_down`. Resolves when their partial answers are stored, or after `limitMs`:
   * turns that a slow disk has not stored by then are marked as interrupted at the next start.
   */
  async close(limitMs = STORE_GRACE_MS): Promise<void> {
    this.#closing = true;
    for (const { controller, log } of this.#turns.values())
      if (!log.ended) controller.abort(shuttingDownError());
    await this.#waitForTurns(limitMs);
    this.#abandoned = true;
  }

  async #waitForTurns(ms: number): Promise<void> {
    const runningTurns = [...this.#turns.values()].filter(({ log }) => !log.ended).map(({ done }) => done);
    const timer = new AbortController();
    const timeout = sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([Promise.all(runningTurns), timeout]);
    timer.abort();
  }

  /** Assigns the turns of one owner to another. */
  changeOwner(from: string, to: string): void {
    for (const { log } of this.#turns.values()) if (log.owner === from) log.owner = to;
  }

  /** Cancels and removes the turn of a deleted conversation, which cannot be resumed. */
  forget(conversation: string): void {
    this.#turns.get(conversation)?.controller.abort();
    this.#turns.delete(conversation);
  }

  // Never rejects: errors become the last event of the turn.
  async #run(start: TurnStart, log: TurnLog, signal: AbortSignal): Promise<void> {
    const lastEvent = await this.#generate(start, log, signal).catch((error: unknown) => {
      const failure = asQuireError(error);
      this.#logFailure(failure);
      return { ...errorEvent(failure), ended: true } as const;
    });
    log.push(lastEvent);
  }

  /** Streams the answer into the log, except its last event, which it returns. */
  async #generate(start: TurnStart, log: TurnLog, signal: AbortSignal): Promise<TurnEvent> {
    let reportTokens = (_tokens: number): void => undefined;
    let tokens = 0;
    try {
      reportTokens = start.admit?.() ?? reportTokens;
      const stream = streamOf(start, signal);
      // The loop below throws the same error; without this handler it would also be an unhandled rejection.
      stream.result.catch(() => undefined);
      try {
        for await (const content of stream) log.push({ type: 'stream', content });
      } catch (error) {
        if (!isAbort(error)) throw error;
      }
      const result = await stream.result;
      tokens = result.promptTokens + result.generatedTokens;
      return endEvent(result, start);
    } catch (error) {
      if (isAbort(error)) return { type: 'end', finishReason: 'cancelled' };
      return this.#failureEvent(asUnloadedError(asQuireError(error)));
    } finally {
      reportTokens(tokens);
    }
  }

  #failureEvent(error: QuireError): FailureEvent {
    if (isFault(error)) this.#logFailure(error);
    const event = { ...errorEvent(error), ended: true } as const;
    if (!(error instanceof ContextExceededError)) return event;
    const { promptTokens, contextLength } = error;
    return { ...event, ...omitUndefined({ promptTokens }), contextLength };
  }

  #logFailure(failure: QuireError): void {
    if (!this.#abandoned) this.#log(failure.fullLine);
  }

  #forgetEnded(): void {
    const endedTurns = [...this.#turns].filter(([, { log }]) => log.ended);
    for (const [id] of endedTurns.slice(0, -MAX_ENDED_TURNS)) this.#turns.delete(id);
  }
}

function streamOf({ open, request, options }: TurnStart, signal: AbortSignal): ChatStream {
  const { conversation } = open;
  const allOptions = { ...open.record.sampling, ...options, signal };
  if ('regenerate' in request) {
    const { regenerate } = request;
    return conversation.regenerate(regenerate === true ? undefined : regenerate, allOptions);
  }
  const { edit, message } = request;
  return edit === undefined
    ? conversation.send(message, allOptions)
    : conversation.edit(edit, message, allOptions);
}

function endEvent(result: ChatResult, { open, model, cacheReport }: TurnStart): TurnEvent {
  const { finishReason, logprobs, context, messages, cache, unsaved } = result;
  return {
    type: 'end',
    finishReason,
    usage: usageOf(result, open.conversation),
    context,
    title: open.record.title,
    ...omitUndefined({ model, messages }),
    ...(unsaved === undefined ? {} : { unsaved: { code: unsaved.code, message: unsaved.message } }),
    ...(cacheReport === true ? { cache: withoutOtherSalts(cache) } : {}),
    ...omitUndefined({ logprobs }),
  };
}

function usageOf(result: ChatResult, conversation: Conversation): TurnUsage {
  return {
    promptTokens: result.promptTokens,
    cachedTokens: result.cachedTokens,
    computedTokens: result.computedTokens,
    generatedTokens: result.generatedTokens,
    ttftMs: result.ttftMs,
    decodeTokensPerSecond: result.decodeTokensPerSecond,
    contextLength: conversation.contextLength,
    contextUsed: conversation.tokenCount,
    seed: result.seed,
  };
}

export const conversationBusyError = (): QuireError =>
  new QuireError(
    'conversation_busy',
    'the conversation has a running answer',
    'wait until the answer has ended, or send {"cancel": true}',
  );
