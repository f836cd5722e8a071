// The turns that are being generated, by conversation, whoever reads them: an answer goes on when its reader has gone, and
// is there when the reader comes back. Nobody else decides whether a turn may begin in a conversation, and no protocol keeps
// a state of its own about that. The last turn of a conversation stays for a while after it ended.

import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../base/defined.ts';
import { asQuireError, isAbort, isFault, QuireError } from '../base/errors.ts';
import type { OpenConversation } from '../chat/conversation-library.ts';
import type { ChatResult, ChatStream, Conversation } from '../chat/conversation-types.ts';
import type { CompletionOptions } from '../completion/completer.ts';
import { ContextExceededError } from '../completion/context-exceeded.ts';
import { withoutOtherSalts } from './cache-salt.ts';
import { asUnloaded } from './model-registry.ts';
import { errorEvent, type FailureEvent, type TurnEvent, type TurnUsage } from './turn-events.ts';
import { TurnLog } from './turn-log.ts';

/** What a turn says: a message, another version of one, or another answer to what was said. */
export type TurnRequest =
  | { readonly message: string; readonly edit?: string | undefined }
  | { readonly regenerate: true | string };

export interface TurnStart {
  readonly owner: string;
  readonly open: OpenConversation;
  readonly request: TurnRequest;
  /** how it is sampled, besides what the conversation says */
  readonly options?: Omit<CompletionOptions, 'signal'> | undefined;
  /** name of the model that answers, to be told */
  readonly model?: string | undefined;
  readonly tag?: string | undefined;
  readonly cacheReport?: boolean;
  /** may refuse the turn, which ends with that error; what it returns is told what the turn cost, once */
  readonly admit?: () => (tokens: number) => void;
}

interface Turn {
  readonly log: TurnLog;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Milliseconds that turns which are cut when a service stops may take to be stored. */
export const STORE_GRACE_MS = 500;

const MOST_ENDED = 256; // turns that are kept after their end, for who comes back

export class Turns {
  readonly #turns = new Map<string, Turn>();
  readonly #log: (line: string) => void;
  #closing = false;
  /** nobody waits any more for the turns that are left */
  #abandoned = false;

  /** @param log takes a line for each failure that is the service's own fault */
  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** The turn that runs in a conversation, or the last one that did. */
  of(owner: string, conversation: string): TurnLog | undefined {
    const log = this.#turns.get(conversation)?.log;
    return log?.owner === owner ? log : undefined;
  }

  /** Raises `conversation_busy` and `shutting_down`; what is wrong with the turn itself is how it ends. */
  begin(start: TurnStart): TurnLog {
    const { id } = start.open.record;
    if (this.#turns.get(id)?.log.ended === false) throw busy();
    if (this.#closing) throw stopping();
    const log = new TurnLog(start.owner, id);
    const controller = new AbortController();
    log.push({ type: 'start', content: '', ...defined({ tag: start.tag }) });
    const done = this.#run(start, log, controller.signal);
    this.#turns.delete(id); // to the end: begun last
    this.#turns.set(id, { log, controller, done });
    this.#forgetEnded();
    return log;
  }

  /** Stops the answer that runs in a conversation; nothing where there is none. */
  cancel(owner: string, conversation: string): void {
    const turn = this.#turns.get(conversation);
    if (turn?.log.owner === owner) turn.controller.abort();
  }

  /** Begins no more turns, and lets those that run end within `graceMs`. */
  async finish(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#endWithin(graceMs);
  }

  /**
   * Stops all answers, which end with `shutting_down`; resolves when they are stored as far as they came, or after
   * `limitMs`: many take a disk long, and what is left then is found as interrupted at the next start.
   */
  async close(limitMs = STORE_GRACE_MS): Promise<void> {
    this.#closing = true;
    for (const { controller, log } of this.#turns.values()) if (!log.ended) controller.abort(stopping());
    await this.#endWithin(limitMs);
    this.#abandoned = true;
  }

  async #endWithin(ms: number): Promise<void> {
    const running = [...this.#turns.values()].filter(({ log }) => !log.ended).map(({ done }) => done);
    const end = new AbortController();
    const limit = sleep(ms, undefined, { signal: end.signal }).catch(() => undefined);
    await Promise.race([Promise.all(running), limit]);
    end.abort();
  }

  /** The turns of conversations that are another owner's from now on. */
  changeOwner(from: string, to: string): void {
    for (const { log } of this.#turns.values()) if (log.owner === from) log.owner = to;
  }

  /** Forgets the turn of a conversation that is deleted. */
  forget(conversation: string): void {
    this.#turns.get(conversation)?.controller.abort();
    this.#turns.delete(conversation);
  }

  // Whatever goes wrong with a turn is how that turn ends. Never rejects.
  async #run(start: TurnStart, log: TurnLog, signal: AbortSignal): Promise<void> {
    const end = await this.#answer(start, log, signal).catch((error: unknown) => {
      const failure = asQuireError(error);
      this.#report(failure);
      return { ...errorEvent(failure), ended: true } as const;
    });
    log.push(end);
  }

  /** Streams one answer; resolves to the event that ends it. */
  async #answer(start: TurnStart, log: TurnLog, signal: AbortSignal): Promise<TurnEvent> {
    let settle = (_tokens: number): void => undefined;
    let tokens = 0;
    try {
      settle = start.admit?.() ?? settle;
      const stream = streamOf(start, signal);
      // A failure comes out of the loop below; here it would only be reported as unhandled.
      stream.result.catch(() => undefined);
      try {
        for await (const content of stream) log.push({ type: 'stream', content });
      } catch (error) {
        if (!isAbort(error)) throw error;
      }
      const result = await stream.result;
      tokens = result.promptTokens + result.generatedTokens;
      return endOf(result, start);
    } catch (error) {
      if (isAbort(error)) return { type: 'end', finishReason: 'cancelled' };
      return this.#failure(asUnloaded(asQuireError(error)));
    } finally {
      settle(tokens);
    }
  }

  #failure(error: QuireError): FailureEvent {
    if (isFault(error)) this.#report(error);
    const event = { ...errorEvent(error), ended: true } as const;
    if (!(error instanceof ContextExceededError)) return event;
    const { promptTokens, contextLength } = error;
    return { ...event, ...defined({ promptTokens }), contextLength };
  }

  #report(failure: QuireError): void {
    if (!this.#abandoned) this.#log(failure.fullLine);
  }

  #forgetEnded(): void {
    const ended = [...this.#turns].filter(([, { log }]) => log.ended);
    for (const [id] of ended.slice(0, -MOST_ENDED)) this.#turns.delete(id);
  }
}

function streamOf({ open, request, options }: TurnStart, signal: AbortSignal): ChatStream {
  const { conversation } = open;
  const all = { ...open.record.sampling, ...options, signal };
  if ('regenerate' in request) {
    const { regenerate } = request;
    return conversation.regenerate(regenerate === true ? undefined : regenerate, all);
  }
  const { edit, message } = request;
  return edit === undefined ? conversation.send(message, all) : conversation.edit(edit, message, all);
}

function endOf(result: ChatResult, { open, model, cacheReport }: TurnStart): TurnEvent {
  const { finishReason, logprobs, context, messages, cache, unsaved } = result;
  return {
    type: 'end',
    finishReason,
    usage: usageOf(result, open.conversation),
    context,
    title: open.record.title,
    ...defined({ model, messages }),
    ...(unsaved === undefined ? {} : { unsaved: { code: unsaved.code, message: unsaved.message } }),
    ...(cacheReport === true ? { cache: withoutOtherSalts(cache) } : {}),
    ...defined({ logprobs }),
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

const stopping = (): QuireError =>
  new QuireError('shutting_down', 'the server is stopping', 'send the message again when it is back');

const busy = (): QuireError =>
  new QuireError(
    'conversation_busy',
    'an answer is still being written',
    'wait for its end, or send {"cancel": true}',
  );
