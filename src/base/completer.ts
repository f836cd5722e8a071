// The contract between a conversation and whatever completes it: the engine here, any OpenAI-style server
// later. A completer is given token ids, so that a conversation can keep its messages token-exact.

import type { CacheReport } from './cache-report.ts';
import type { TokenLogprobs } from './selection.ts';
import type { JsonObject, JsonValue } from './tokenizer-data.ts';

/** Which key-value cache an engine keeps: see docs/life-of-a-request.md. */
export type CachePolicy = 'none' | 'contiguous' | 'paged';

export interface SamplingOptions {
  /** most tokens generated; at most what the context leaves; 0 computes nothing */
  readonly maxTokens?: number;
  /** 0 chooses the likeliest token always */
  readonly temperature?: number;
  /** 0, -1 and what is beyond the vocabulary keep all */
  readonly topK?: number;
  /** in (0, 1] */
  readonly topP?: number;
  /** drops what is less probable than this share of the likeliest; in [0, 1], 0 keeps all */
  readonly minP?: number;
  /** keeps the most typical tokens that together reach this probability; in (0, 1], 1 keeps all */
  readonly typicalP?: number;
  /** on each token of prompt and answer; 1 does nothing */
  readonly repetitionPenalty?: number;
  /** taken from the logit of each token that was generated; -2 to 2 */
  readonly presencePenalty?: number;
  /** taken from the logit of each token once for each time it was generated; -2 to 2 */
  readonly frequencyPenalty?: number;
  /** added to the logits of tokens: -100 to 100, or -Infinity, which forbids */
  readonly logitBias?: LogitBias;
  /** no end token and none of `stopTokens` before so many tokens are generated */
  readonly minTokens?: number;
  /** texts that must not come up, each as the tokenizer spells it, with and without a space before it */
  readonly badWords?: readonly string[];
  /** sequences of ids that must not come up: the last of one is forbidden where the others stand before it */
  readonly badTokens?: readonly (readonly number[])[];
  /** a safe integer, at least 0; drawn when absent or -1, and reported */
  readonly seed?: number;
  /** the answer ends before any of these strings; none of it is emitted */
  readonly stop?: readonly string[];
  /** the answer ends at any of these ids, besides the model's own end tokens */
  readonly stopTokens?: readonly number[];
  /** report the log-probability of each token, and those of this many likeliest in its place; 0 to 20 */
  readonly logprobs?: number;
}

/** How a request stands among others, beside how its tokens are chosen. */
export interface RequestOptions extends SamplingOptions {
  /** a whole number, higher is sooner, where the engine serves by priority; 0 by default */
  readonly priority?: number;
  /** requests under different salts never find each other's tokens */
  readonly cacheSalt?: string;
  /** called at once with each token that is chosen, before its text comes; it must be quick; what it throws ends its request */
  readonly onToken?: TokenObserver;
}

/** `choice` tells parallel samples of one request apart, from 0. */
export type TokenObserver = (token: number, logprobs: TokenLogprobs | undefined, choice: number) => void;

/** Biases by token id: a record, or pairs of token and bias, each token once. */
export type LogitBias = Readonly<Record<number, number>> | Iterable<readonly [token: number, bias: number]>;

export type FinishReason = 'stop' | 'length' | 'cancelled';

export interface GenerationResult {
  readonly text: string;
  /** sampled ids, an end token included */
  readonly tokens: readonly number[];
  /** one for each of `tokens`; absent when not asked for */
  readonly logprobs?: readonly TokenLogprobs[];
  readonly promptTokens: number;
  /** prompt tokens whose keys and values were found computed */
  readonly cachedTokens: number;
  /** tokens that ran through the model, prompt and decode */
  readonly computedTokens: number;
  /** where the cached tokens were found, and why there were not more */
  readonly cache: CacheReport;
  /** tokens that were guessed ahead, and how many of them the model chose; absent when none were */
  readonly draftedTokens?: number;
  readonly acceptedTokens?: number;
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
  /** The answer as far as it came, for who keeps it meanwhile; absent where nobody knows. */
  readonly soFar?: () => Pick<GenerationResult, 'text' | 'tokens'>;
}

/** Who speaks; `tool` gives the result of a call. */
export const ROLES = ['system', 'user', 'assistant', 'tool'] as const;
export type Role = (typeof ROLES)[number];

/** A message under the names that chat templates read. */
export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
  /** what an assistant called: `{type: 'function', id, function: {name, arguments}}`, `arguments` an object */
  readonly tool_calls?: readonly JsonObject[];
  /** the call that a `tool` message answers */
  readonly tool_call_id?: string;
  /** of the tool, or of who speaks */
  readonly name?: string;
  /** what an assistant thought before it answered */
  readonly reasoning_content?: string;
}

/** What a chat template sees besides the messages: see docs/templates.md. */
export interface TemplateOptions {
  /** JSON schemas of functions, passed as given */
  readonly tools?: readonly JsonObject[];
  readonly documents?: readonly JsonObject[];
  /** which of several templates; when absent, `tool_use` where tools are given and there is one, else `default` */
  readonly template?: string;
  /** free variables, such as `enable_thinking` */
  readonly templateOptions?: Readonly<Record<string, JsonValue>>;
}

/** A stretch of a conversation as the template renders it. */
export interface ChatEncoding {
  readonly text: string;
  readonly tokens: number[];
}

export interface Completer {
  /** most tokens of prompt and answer together */
  readonly contextLength: number;
  /** name and print of the model: under another one, token ids mean something else; absent where it has none */
  readonly identity?: string;
  /**
   * Messages through the model's template, as token ids; special strings in contents stay plain text.
   * When `previous` is given and the rendering starts with its text, only the rest is tokenized and
   * appended to its ids.
   */
  encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options?: TemplateOptions,
  ): Promise<ChatEncoding>;
  /** The text of `tokens` as it stands in a rendering: special tokens spelled out. */
  decodeRaw(tokens: readonly number[]): string;
  /** Completes a prompt of token ids. Never throws itself: errors come through the stream. */
  complete(prompt: readonly number[], options: RequestOptions, signal?: AbortSignal): GenerationStream;
}
