// The turns that are being generated, by conversation, whoever reads them: an answer goes on when its reader has gone,
// and is there when he comes back. The last turn of a conversation stays for a while after it ended.

import { setTimeout as sleep } from 'node:timers/promises';
import { asQuireError, QuireError } from '../../base/errors.ts';
import type { ChatResult, ChatStream, Conversation } from '../../chat/conversation.ts';
import type { OpenConversation } from '../../chat/conversation-library.ts';
import type { GenerationResult } from '../../completion/generation.ts';
import { withoutOtherSalts } from '../cache-salt.ts';
import { isFault, type Log } from '../http-errors.ts';
import { STORE_GRACE_MS } from '../limits.ts';
import { type ChatUsage, errorEvent, type FailureEvent, type TurnEvent } from './chat-events.ts';
import { TurnLog } from './turn-log.ts';

export interface TurnStart {
  readonly owner: string;
  readonly open: OpenConversation;
  /** begins the turn; what is wrong comes through the stream */
  readonly run: (signal: AbortSignal) => ChatStream;
  readonly tag: string | undefined;
  readonly cacheReport: boolean;
  /** tokens that the refused turn would have needed, for a prompt beyond the context */
  readonly promptTokens: () => Promise<number>;
}

interface LiveTurn {
  readonly log: TurnLog;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

const MOST_ENDED = 256; // turns that are kept after their end, for who comes back

export class LiveTurns {
  readonly #turns = new Map<string, LiveTurn>();
  readonly #log: Log;
  #closing = false;
  /** nobody waits any more for the turns that are left */
  #abandoned = false;

  /** @param log takes a line for each failure that is the server's own fault */
  constructor(log: Log) {
    this.#log = log;
  }

  /** The turn that runs in a conversation, or the last one that did. */
  of(owner: string, conversation: string): TurnLog | undefined {
    const log = this.#turns.get(conversation)?.log;
    return log?.owner === owner ? log : undefined;
  }

  /** Raises `conversation_busy`. */
  begin(start: TurnStart): TurnLog {
    const { id } = start.open.record;
    const last = this.#turns.get(id);
    if (last !== undefined && !last.log.ended) throw busy();
    if (this.#closing) throw stopping();
    // Numbers go on after a restart too: events come slower than one a millisecond.
    const log = new TurnLog(start.owner, id, Math.max(Date.now(), last?.log.next ?? 0));
    const controller = new AbortController();
    log.push({ type: 'start', content: '', ...(start.tag === undefined ? {} : { tag: start.tag }) });
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
      this.#tell(failure);
      return { ...errorEvent(failure), ended: true } as const;
    });
    log.push(end);
  }

  /** Streams one answer; resolves to the event that ends it. */
  async #answer(start: TurnStart, log: TurnLog, signal: AbortSignal): Promise<TurnEvent> {
    try {
      const stream = start.run(signal);
      // A failure comes out of the loop below; here it would only be reported as unhandled.
      stream.result.catch(() => undefined);
      try {
        for await (const content of stream) log.push({ type: 'stream', content });
      } catch (error) {
        if (!isAbort(error)) throw error;
      }
      return endOf(await stream.result, start);
    } catch (error) {
      if (isAbort(error)) return { type: 'end', finishReason: 'cancelled' };
      return this.#failure(asQuireError(error), start);
    }
  }

  async #failure(error: QuireError, start: TurnStart): Promise<FailureEvent> {
    if (isFault(error)) this.#tell(error);
    const event = { ...errorEvent(error), ended: true } as const;
    if (error.code !== 'context_length_exceeded') return event;
    const { contextLength } = start.open.conversation;
    // The prompt that failed has been counted; its count may be missing, the refusal may not.
    const promptTokens = await start.promptTokens().catch(() => undefined);
    return { ...event, ...(promptTokens === undefined ? {} : { promptTokens }), contextLength };
  }

  #tell(failure: QuireError): void {
    if (!this.#abandoned) this.#log(failure.fullLine);
  }

  #forgetEnded(): void {
    const ended = [...this.#turns].filter(([, { log }]) => log.ended);
    for (const [id] of ended.slice(0, -MOST_ENDED)) this.#turns.delete(id);
  }
}

function endOf(result: ChatResult, start: TurnStart): TurnEvent {
  const { finishReason, logprobs, context, messages, cache, unsaved } = result;
  return {
    type: 'end',
    finishReason,
    usage: usageOf(result, start.open.conversation),
    context,
    title: start.open.record.title,
    ...(messages === undefined ? {} : { messages }),
    ...(unsaved === undefined ? {} : { unsaved: { code: unsaved.code, message: unsaved.message } }),
    ...(start.cacheReport ? { cache: withoutOtherSalts(cache) } : {}),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

function usageOf(result: GenerationResult, conversation: Conversation): ChatUsage {
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

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

const stopping = (): QuireError =>
  new QuireError('shutting_down', 'the server is stopping', 'send the message again when it is back');

const busy = (): QuireError =>
  new QuireError(
    'conversation_busy',
    'an answer is still being written',
    'wait for its end, or send {"cancel": true}',
  );
