// The turns that are being generated, by conversation, whoever reads them: an answer goes on when its reader has gone,
// and is there when he comes back. The last turn of a conversation stays for a while after it ended.

import type { GenerationResult } from '../../base/completer.ts';
import { asQuireError, QuireError } from '../../base/errors.ts';
import type { ChatResult, ChatStream, Conversation } from '../../chat/conversation.ts';
import type { OpenConversation } from '../../chat/conversation-library.ts';
import type { Log } from '../http-errors.ts';
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
  /** the title after the turn */
  readonly title: () => Promise<string>;
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
    if (this.#closing) throw new QuireError('busy', 'the server is stopping', 'try again in a moment');
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

  /** Stops all answers; resolves when they are stored as far as they came. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { controller } of this.#turns.values()) controller.abort();
    await Promise.all([...this.#turns.values()].map(({ done }) => done));
  }

  async #run(start: TurnStart, log: TurnLog, signal: AbortSignal): Promise<void> {
    log.push(await this.#answer(start, log, signal));
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
      return await endOf(await stream.result, start);
    } catch (error) {
      if (isAbort(error)) return { type: 'end', finishReason: 'cancelled' };
      return this.#failure(asQuireError(error), start);
    }
  }

  async #failure(error: QuireError, start: TurnStart): Promise<FailureEvent> {
    if (error.status >= 500) this.#log(error.fullLine);
    const event = { ...errorEvent(error), ended: true } as const;
    if (error.code !== 'context_length_exceeded') return event;
    const { contextLength } = start.open.conversation;
    return { ...event, promptTokens: await start.promptTokens(), contextLength };
  }

  #forgetEnded(): void {
    const ended = [...this.#turns].filter(([, { log }]) => log.ended);
    for (const [id] of ended.slice(0, -MOST_ENDED)) this.#turns.delete(id);
  }
}

async function endOf(result: ChatResult, start: TurnStart): Promise<TurnEvent> {
  const { finishReason, logprobs, context, messages, cache, unsaved } = result;
  return {
    type: 'end',
    finishReason,
    usage: usageOf(result, start.open.conversation),
    context,
    title: await start.title(),
    ...(messages === undefined ? {} : { messages }),
    ...(unsaved === undefined ? {} : { unsaved: { code: unsaved.code, message: unsaved.message } }),
    ...(start.cacheReport ? { cache } : {}),
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

const busy = (): QuireError =>
  new QuireError(
    'conversation_busy',
    'an answer is still being written',
    'wait for its end, or send {"cancel": true}',
  );
