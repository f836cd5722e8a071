// The contract between a conversation and whatever completes it: the engine here, any OpenAI-style server
// later. A completer is given token ids, so that a conversation can keep its messages token-exact.

/** Which key-value cache an engine keeps: see docs/life-of-a-request.md. */
export type CachePolicy = 'none' | 'contiguous' | 'paged';

export interface SamplingOptions {
  /** most tokens generated; at most what the context leaves */
  readonly maxTokens?: number;
  /** 0 chooses the likeliest token always */
  readonly temperature?: number;
  /** 0 keeps all */
  readonly topK?: number;
  /** in (0, 1] */
  readonly topP?: number;
  /** 1 does nothing */
  readonly repetitionPenalty?: number;
  /** a safe integer, at least 0; drawn when absent, and reported */
  readonly seed?: number;
  /** the answer ends before any of these strings; none of it is emitted */
  readonly stop?: readonly string[];
  /** the answer ends at any of these ids, besides the model's own end tokens */
  readonly stopTokens?: readonly number[];
}

export type FinishReason = 'stop' | 'length' | 'cancelled';

export interface GenerationResult {
  readonly text: string;
  /** sampled ids, an end token included */
  readonly tokens: readonly number[];
  readonly promptTokens: number;
  /** prompt tokens whose keys and values were found computed */
  readonly cachedTokens: number;
  /** tokens that ran through the model, prompt and decode */
  readonly computedTokens: number;
  readonly generatedTokens: number;
  readonly finishReason: FinishReason;
  readonly seed: number;
  /** from the request to its first token */
  readonly ttftMs: number;
  /** 0 when fewer than two tokens were generated */
  readonly decodeTokensPerSecond: number;
  readonly backend: string;
}

/** Pieces of text as they come; `result` settles when generation ends, whether the pieces were taken or not. */
export interface GenerationStream extends AsyncIterable<string> {
  readonly result: Promise<GenerationResult>;
}

export type Role = 'system' | 'user' | 'assistant';

export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
}

/** A stretch of a conversation as the template renders it. */
export interface ChatEncoding {
  readonly text: string;
  readonly tokens: number[];
}

export interface Completer {
  /** most tokens of prompt and answer together */
  readonly contextLength: number;
  /**
   * Messages through the model's template, as token ids; special strings in contents stay plain text.
   * When `previous` is given and the rendering starts with its text, only the rest is tokenized and
   * appended to its ids.
   */
  encodeChat(messages: readonly ChatMessage[], previous?: ChatEncoding): ChatEncoding;
  /** The text of `tokens` as it stands in a rendering: special tokens spelled out. */
  decodeRaw(tokens: readonly number[]): string;
  /** Completes a prompt of token ids. Never throws itself: errors come through the stream. */
  complete(prompt: readonly number[], options: SamplingOptions, signal?: AbortSignal): GenerationStream;
}
