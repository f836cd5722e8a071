// One socket's conversation: takes commands, runs one answer at a time, and sends events. The conversation
// keeps its token ids and the engine keeps their keys and values, so the next turn computes only what is
// new. Turns and resets form one chain of promises; `cancel` reaches past it by an AbortController.

import type { GenerationResult } from '../base/completer.ts';
import { abortError, asQuireError, QuireError } from '../base/errors.ts';
import { type Conversation, createConversation } from '../chat/conversation.ts';
import type { Engine } from '../engine/engine.ts';
import type { ChatCommand, ChatEvent, ChatUsage } from './chat-protocol.ts';
import type { Log } from './http-errors.ts';

type Send = (event: ChatEvent) => Promise<void>;

export class ChatSession {
  readonly #engine: Promise<Engine>;
  readonly #send: Send;
  readonly #log: Log;
  #conversation: Conversation | undefined;
  #system: string | undefined;
  /** a message was accepted since the conversation began */
  #begun = false;
  /** of the answer that runs or waits in the chain */
  #running: AbortController | undefined;
  #chain: Promise<void> = Promise.resolve();

  constructor(engine: Promise<Engine>, send: Send, log: Log) {
    this.#engine = engine;
    this.#send = send;
    this.#log = log;
  }

  /** Acts on one command. Throws `bad_message` or `conversation_busy` when it does not fit the state. */
  receive(command: ChatCommand): void {
    this.#check(command);
    if (command.cancel) this.#running?.abort();
    if (command.reset) this.#reset();
    if (command.system !== undefined) this.#system = command.system;
    if (command.message !== undefined) this.#begin(command.message, command);
  }

  /** Stops a running answer; resolves when it has stopped. Nothing can be received afterwards. */
  async close(): Promise<void> {
    this.#running?.abort();
    await this.#chain;
  }

  #check(command: ChatCommand): void {
    if (command.system !== undefined && this.#begun && !command.reset) {
      const hint = 'send it with "reset": true to begin another conversation';
      throw new QuireError('bad_message', '"system" came after the first message', hint);
    }
    if (command.message !== undefined && this.#running && !command.reset) {
      const hint = 'wait for its end, or send {"cancel": true}';
      throw new QuireError('conversation_busy', 'an answer is still being written', hint);
    }
  }

  #reset(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#begun = false;
    this.#system = undefined;
    this.#then(async () => {
      this.#conversation = undefined;
      await this.#send({ type: 'reset' });
    });
  }

  #begin(message: string, command: ChatCommand): void {
    const controller = new AbortController();
    const system = this.#system;
    this.#running = controller;
    this.#begun = true;
    this.#then(async () => {
      const outcome = await this.#answer(message, system, command, controller.signal);
      if (this.#running === controller) this.#running = undefined;
      await this.#send(outcome);
    });
  }

  #then(next: () => Promise<void>): void {
    this.#chain = this.#chain.then(next).catch((error: unknown) => this.#log(asQuireError(error).line));
  }

  /** Streams one answer; resolves to the event that ends it. */
  async #answer(
    message: string,
    system: string | undefined,
    command: ChatCommand,
    signal: AbortSignal,
  ): Promise<ChatEvent> {
    await this.#send({ type: 'start', content: '' });
    try {
      const engine = await abortable(this.#engine, signal);
      this.#conversation ??= createConversation(engine, system === undefined ? {} : { system });
      const stream = this.#conversation.send(message, { ...command.options, signal });
      // A failure comes out of the loop below; here it would only be reported as unhandled.
      stream.result.catch(() => undefined);
      try {
        for await (const piece of stream) await this.#send({ type: 'stream', content: piece });
      } catch (error) {
        if (!isAbort(error)) throw error;
      }
      const result = await stream.result;
      const { finishReason, logprobs } = result;
      const usage = usageOf(result, this.#conversation);
      return { type: 'end', finishReason, usage, ...(logprobs === undefined ? {} : { logprobs }) };
    } catch (error) {
      if (isAbort(error)) return { type: 'end', finishReason: 'cancelled' };
      return this.#failure(asQuireError(error), message, await this.#engine.catch(() => undefined));
    }
  }

  async #failure(error: QuireError, message: string, engine: Engine | undefined): Promise<ChatEvent> {
    if (error.status >= 500) this.#log(error.line);
    const event = errorEvent(error);
    if (error.code !== 'context_length_exceeded' || !engine || !this.#conversation) {
      return { ...event, ended: true };
    }
    const messages = [...this.#conversation.messages, { role: 'user' as const, content: message }];
    const promptTokens = (await engine.encodeChat(messages)).tokens.length;
    return { ...event, ended: true, promptTokens, contextLength: engine.contextLength };
  }
}

/** An error as clients get it: `message` says what was wrong; what to do. */
export function errorEvent(error: QuireError): Extract<ChatEvent, { type: 'error' }> {
  return { type: 'error', code: error.code, message: `${error.message}; ${error.hint}` };
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

/** `promise`, or a rejection with an AbortError as soon as `signal` says so while it is pending. */
function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(abortError(signal));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    const forget = (): void => signal.removeEventListener('abort', stop);
    promise.then(forget, forget);
  });
  // The first of two settled promises wins, so an engine that is there is used even after an abort.
  return Promise.race([promise, aborted]);
}
