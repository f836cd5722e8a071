// One request on its way: its sequence, how its tokens are chosen, when it stops, and the text that goes out.
// The step loop hands it each chosen token; it answers with a reason to finish, or nothing.

import type { FinishReason, GenerationResult, GenerationStream } from '../base/completer.ts';
import { abortError } from '../base/errors.ts';
import type { TokenLogprobs } from '../base/selection.ts';
import type { SamplingParameters } from '../sampler/parameters.ts';
import { StopStrings } from '../sampler/stop-strings.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import { createStreamingDecoder, type StreamingDecoder } from '../text/streaming-decoder.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { TextQueue } from './text-queue.ts';

export interface GenerationSetup {
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly tokenizer: Tokenizer;
  readonly backend: string;
  /** by `performance.now`, before the prompt was tokenized */
  readonly submittedAt: number;
  readonly signal: AbortSignal | undefined;
  /** called when the request is to end early */
  readonly onCancel: () => void;
}

export class Generation {
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly stream: GenerationStream;
  readonly #queue: TextQueue;
  readonly #decoder: StreamingDecoder;
  readonly #stops: StopStrings;
  readonly #setup: GenerationSetup;
  readonly #tokens: number[] = [];
  readonly #logprobs: TokenLogprobs[] = [];
  #firstTokenAt = 0;
  #lastTokenAt = 0;
  #text = '';
  #cancelled = false;
  #settle!: { resolve(result: GenerationResult): void; reject(error: unknown): void };

  constructor(setup: GenerationSetup) {
    this.#setup = setup;
    this.sequence = setup.sequence;
    this.parameters = setup.parameters;
    this.#decoder = createStreamingDecoder(setup.tokenizer);
    this.#stops = new StopStrings(setup.parameters.stop);
    this.#queue = new TextQueue(() => this.#cancel());
    const result = new Promise<GenerationResult>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    result.catch(() => {}); // the stream carries the same error; nobody has to look at both
    const queue = this.#queue;
    this.stream = { result, [Symbol.asyncIterator]: () => queue };
    if (setup.signal?.aborted) this.#cancelled = true;
    setup.signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Takes the token that was chosen; a reason means that the answer is complete. */
  accept(token: number, logprobs: TokenLogprobs | undefined): FinishReason | undefined {
    this.#lastTokenAt = performance.now();
    if (this.#tokens.length === 0) this.#firstTokenAt = this.#lastTokenAt;
    this.#tokens.push(token);
    if (logprobs !== undefined) this.#logprobs.push(logprobs);
    if (this.parameters.stopTokens.has(token)) return this.#flush() ?? 'stop';
    if (this.#emit(this.#decoder.push(token))) return 'stop';
    if (this.sequence.length === this.sequence.capacity) return this.#flush() ?? 'length';
    return undefined;
  }

  finish(finishReason: FinishReason): void {
    this.#setup.signal?.removeEventListener('abort', this.#cancel);
    this.#settle.resolve(this.#result(finishReason));
    if (finishReason === 'cancelled') this.#queue.fail(abortError(this.#setup.signal));
    else this.#queue.end();
  }

  fail(error: unknown): void {
    this.#setup.signal?.removeEventListener('abort', this.#cancel);
    this.#settle.reject(error);
    this.#queue.fail(error);
  }

  readonly #cancel = (): void => {
    this.#cancelled = true;
    this.#setup.onCancel();
  };

  // Emits what the decoder and the stop strings held back; a stop string may still complete.
  #flush(): 'stop' | undefined {
    if (this.#emit(this.#decoder.flush())) return 'stop';
    this.#write(this.#stops.flush());
    return undefined;
  }

  // Whether a stop string was found.
  #emit(piece: string): boolean {
    const { text, stopped } = this.#stops.push(piece);
    this.#write(text);
    return stopped;
  }

  #write(text: string): void {
    this.#text += text;
    this.#queue.push(text);
  }

  #result(finishReason: FinishReason): GenerationResult {
    const { promptLength, cachedTokens, computedTokens } = this.sequence;
    const seconds = (this.#lastTokenAt - this.#firstTokenAt) / 1000;
    return {
      text: this.#text,
      tokens: this.#tokens,
      ...(this.parameters.logprobs === undefined ? {} : { logprobs: this.#logprobs }),
      promptTokens: promptLength,
      cachedTokens,
      computedTokens,
      generatedTokens: this.#tokens.length,
      finishReason,
      seed: this.parameters.seed,
      ttftMs: this.#tokens.length === 0 ? 0 : this.#firstTokenAt - this.#setup.submittedAt,
      decodeTokensPerSecond: seconds > 0 ? (this.#tokens.length - 1) / seconds : 0,
      backend: this.#setup.backend,
    };
  }
}
