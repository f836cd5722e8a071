// A conversation whose messages keep their token ids, the sampled ones included. The next turn appends to
// the ids of the history instead of tokenizing it again, so that the keys and values of every earlier
// turn are still valid, and only the new message is computed.

import { commonPrefix } from '../base/common-prefix.ts';
import type {
  ChatEncoding,
  ChatMessage,
  Completer,
  GenerationResult,
  GenerationStream,
  RequestOptions,
  TemplateOptions,
} from '../base/completer.ts';
import { deferredStream } from '../base/deferred-stream.ts';
import { QuireError } from '../base/errors.ts';
import { failedStream } from '../base/failed-stream.ts';

export interface ConversationMessage extends ChatMessage {
  /** ids that the message added to the history, the template's markers before it included */
  readonly tokens: readonly number[];
}

/** What its template sees besides the messages stays the same for a whole conversation. */
export interface ConversationOptions extends TemplateOptions {
  readonly system?: string;
}

export interface SendOptions extends RequestOptions {
  readonly signal?: AbortSignal;
}

export interface Conversation {
  readonly messages: readonly ConversationMessage[];
  readonly contextLength: number;
  /** tokens of the history so far */
  readonly tokenCount: number;
  /**
   * Appends the user's message and streams the answer. One at a time, else `conversation_busy`; like every
   * error it comes through the stream. A cancelled answer stays as far as it came; a turn that failed, or was
   * cancelled before its first token, leaves the history as it was.
   */
  send(text: string, options?: SendOptions): GenerationStream;
  /**
   * A conversation with the same history, which goes its own way from here: what both have in common is computed
   * and kept once. While an answer is being generated, the history before it.
   */
  fork(): Conversation;
}

export function createConversation(completer: Completer, options: ConversationOptions = {}): Conversation {
  return new TokenExactConversation(completer, options);
}

class TokenExactConversation implements Conversation {
  readonly #completer: Completer;
  readonly #templateOptions: TemplateOptions;
  #messages: readonly ConversationMessage[] = [];
  // The history as it was computed: rendered prompts and sampled answers.
  #history: ChatEncoding = { text: '', tokens: [] };
  #busy = false;

  constructor(completer: Completer, { system, ...templateOptions }: ConversationOptions) {
    this.#completer = completer;
    this.#templateOptions = templateOptions;
    if (system !== undefined) this.#messages = [{ role: 'system', content: system, tokens: [] }];
  }

  get messages(): readonly ConversationMessage[] {
    return this.#messages;
  }

  get contextLength(): number {
    return this.#completer.contextLength;
  }

  get tokenCount(): number {
    return this.#history.tokens.length;
  }

  send(text: string, options: SendOptions = {}): GenerationStream {
    if (this.#busy) return failedStream(busy());
    this.#busy = true;
    const turn = this.#begin(text, options);
    const result = this.#finish(turn);
    result.catch(() => {}); // the stream carries the same error
    const stream = deferredStream(turn.then((begun) => begun.stream));
    return { result, [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator]() };
  }

  fork(): Conversation {
    const forked = new TokenExactConversation(this.#completer, this.#templateOptions);
    forked.#messages = this.#messages;
    forked.#history = this.#history;
    return forked;
  }

  async #begin(text: string, options: SendOptions): Promise<Turn> {
    const user: ChatMessage = { role: 'user', content: text };
    const spoken = this.#messages.map(({ tokens: _, ...message }): ChatMessage => message);
    const prompt = await this.#completer.encodeChat([...spoken, user], this.#history, this.#templateOptions);
    const rewritten = !prompt.text.startsWith(this.#history.text);
    const stream = this.#completer.complete(prompt.tokens, options, options.signal);
    return { user, prompt, stream, rewritten };
  }

  async #finish(turn: Promise<Turn>): Promise<GenerationResult> {
    try {
      const { user, prompt, stream, rewritten } = await turn;
      const result = await stream.result;
      if (result.generatedTokens > 0) this.#append(user, prompt, result);
      return rewritten ? explainRewriting(result) : result;
    } finally {
      this.#busy = false;
    }
  }

  #append(user: ChatMessage, prompt: ChatEncoding, result: GenerationResult): void {
    const asked = prompt.tokens.slice(commonPrefix(prompt.tokens, this.#history.tokens));
    const answer: ChatMessage = { role: 'assistant', content: result.text };
    this.#messages = [
      ...this.#messages,
      { ...user, tokens: asked },
      { ...answer, tokens: [...result.tokens] },
    ];
    this.#history = {
      text: prompt.text + this.#completer.decodeRaw(result.tokens),
      tokens: [...prompt.tokens, ...result.tokens],
    };
  }
}

const busy = (): QuireError =>
  new QuireError(
    'conversation_busy',
    'an answer is still being generated in this conversation',
    'wait for it, or cancel it first',
  );

interface Turn {
  readonly user: ChatMessage;
  readonly prompt: ChatEncoding;
  readonly stream: GenerationStream;
  /** the template rendered the turns before this one differently than they were computed */
  readonly rewritten: boolean;
}

// Only the conversation knows that nobody edited its history.
function explainRewriting(result: GenerationResult): GenerationResult {
  if (result.cache.miss !== 'history_edited') return result;
  return { ...result, cache: { ...result.cache, miss: 'template_rewrote' } };
}
