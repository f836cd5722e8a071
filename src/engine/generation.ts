// A running request: its sequence, sampling parameters, stop conditions and output stream. The step loop passes each sampled token
// to `addToken`, which returns a finish reason if the generation is complete.

import { abortError } from '../base/errors.ts';
import type { TokenLogprobs } from '../base/step/selection.ts';
import type { CacheReport } from '../completion/cache-report.ts';
import type { FinishReason, GenerationResult, GenerationStream } from '../completion/generation.ts';
import type { RequestObserver, RequestTimes } from '../completion/request-observer.ts';
import type { RequestOptions } from '../completion/request-options.ts';
import type { SamplingParameters } from '../sampler/parameters.ts';
import { SelectionRows } from '../sampler/selection-row.ts';
import { StopStrings } from '../sampler/stop-strings.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import { createStreamingDecoder, type StreamingDecoder } from '../text/streaming-decoder.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { UsedAdapter } from './adapters.ts';
import { TextQueue } from './text-queue.ts';
import type { BadWordTokens } from './token-options.ts';

/** A request with a tokenized prompt. */
export interface SubmittedRequest {
  readonly prompt: readonly number[];
  readonly options: RequestOptions;
  /** token ids of the bad words */
  readonly badWordTokens: BadWordTokens;
  readonly signal: AbortSignal | undefined;
  /** time of `performance.now` before the prompt was tokenized */
  readonly submittedAt: number;
  /** index among parallel samples, from 0 */
  readonly choice?: number;
  /** counter for the sample index of the next fork, shared by the samples of a request and all their forks */
  readonly sampleGroup?: { next: number };
  /** the generation from which this one is forked */
  readonly parent?: Generation;
  /** maximum number of tokens of prompt and answer together */
  readonly capacity?: number;
}

export interface GenerationSetup {
  readonly request: SubmittedRequest;
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly tokenizer: Tokenizer;
  /** number of token ids that can be sampled; the tokenizer may have fewer or more ids */
  readonly vocabSize: number;
  readonly backend: string;
  readonly observer: Required<RequestObserver>;
  /** released when the generation ends; undefined without one */
  readonly adapter: UsedAdapter | undefined;
  /** called when the request is cancelled */
  readonly onCancel: () => void;
}

export class Generation {
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly request: SubmittedRequest;
  readonly choice: number;
  /** creates the selection row of each token */
  readonly rows: SelectionRows;
  readonly sampleGroup: { next: number };
  readonly stream: GenerationStream;
  readonly #queue: TextQueue;
  readonly #decoder: StreamingDecoder;
  readonly #stopStrings: StopStrings;
  readonly #setup: GenerationSetup;
  readonly #tokens: number[] = [];
  readonly #logprobs: TokenLogprobs[] = [];
  #sampledTokens = 0; // without the tokens that a fork shares with its parent
  #startedAt = 0;
  #firstTokenAt = 0;
  #lastTokenAt = 0;
  #text = '';
  #pendingText = ''; // end of the text, which is not emitted yet
  #emittedTokens = 0;
  readonly #pendingGaps: number[] = []; // milliseconds between tokens of which observers are not notified yet
  #cancelled = false;
  #onTokenFailure: { readonly error: unknown } | undefined; // set if the onToken of the request rejected
  #accept!: { resolve(): void; reject(error: unknown): void };
  #settle!: { resolve(result: GenerationResult): void; reject(error: unknown): void };

  constructor(setup: GenerationSetup) {
    this.#setup = setup;
    this.sequence = setup.sequence;
    this.parameters = setup.parameters;
    this.request = setup.request;
    this.choice = setup.request.choice ?? 0;
    this.rows = new SelectionRows(setup.parameters, {
      choice: this.choice,
      vocabSize: setup.vocabSize,
      parent: setup.request.parent?.rows,
    });
    this.sampleGroup = setup.request.sampleGroup ?? setup.request.parent?.sampleGroup ?? { next: 1 };
    this.#decoder = createStreamingDecoder(setup.tokenizer);
    this.#stopStrings = new StopStrings(setup.parameters.stop);
    this.#queue = new TextQueue(() => this.#cancel());
    const accepted = new Promise<void>((resolve, reject) => {
      this.#accept = { resolve, reject };
    });
    accepted.catch(() => {}); // `result` rejects with the same error
    const result = new Promise<GenerationResult>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    result.catch(() => {}); // the stream reports the same error
    const queue = this.#queue;
    const soFar = (): Pick<GenerationResult, 'text' | 'tokens'> => ({
      text: this.#text,
      tokens: this.#tokens,
    });
    this.stream = { accepted, result, soFar, [Symbol.asyncIterator]: () => queue };
    const { signal } = setup.request;
    if (signal?.aborted) this.#cancelled = true;
    signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  get adapter(): UsedAdapter | undefined {
    return this.#setup.adapter;
  }

  /** Returns the sample index of the next fork, which determines its random numbers. */
  nextChoice(): number {
    return this.sampleGroup.next++;
  }

  /** Resolves `accepted` of the stream, because the request is queued. */
  reportAccepted(): void {
    this.#accept.resolve();
  }

  /** Prepares for a step that computes `count` tokens of the sequence. The first call ends the queue time. */
  beginStep(count: number): void {
    if (this.#startedAt === 0) this.#startedAt = performance.now();
    const { kv, length } = this.sequence;
    this.rows.countTokens(this.sequence, Math.min(length, (kv?.computed ?? 0) + count));
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /**
   * Adds the sampled token. Returns a finish reason if the generation is complete. Calls no callbacks: these run in `emit`, so that
   * no code of a caller runs while a step is being committed.
   */
  addToken(token: number, logprobs: TokenLogprobs | undefined): FinishReason | undefined {
    const reason = this.#addSharedTokens();
    if (reason !== undefined) return reason;
    const previousTokenAt = this.#lastTokenAt;
    this.#lastTokenAt = performance.now();
    if (this.#sampledTokens++ === 0) this.#firstTokenAt = this.#lastTokenAt;
    else this.#pendingGaps.push(this.#lastTokenAt - previousTokenAt);
    return this.#append(token, logprobs);
  }

  // Adds the tokens that the parent generated before the fork: the answer of the fork begins with them.
  #addSharedTokens(): FinishReason | undefined {
    const { promptLength, tokens } = this.sequence;
    const { parent } = this.request;
    let reason: FinishReason | undefined;
    while (reason === undefined && this.#tokens.length < tokens.length - promptLength - 1) {
      const index = this.#tokens.length;
      reason = this.#append(
        tokens[promptLength + index]!,
        parent === undefined ? undefined : parent.#logprobs[index],
      );
    }
    return reason;
  }

  #append(token: number, logprobs: TokenLogprobs | undefined): FinishReason | undefined {
    this.#tokens.push(token);
    if (logprobs !== undefined) this.#logprobs.push(logprobs);
    if (this.parameters.stopTokens.has(token)) return this.#flush() ?? 'stop';
    if (this.#addDecoded(this.#decoder.push(token))) return 'stop';
    const { promptLength, capacity } = this.sequence;
    if (promptLength + this.#tokens.length === capacity) return this.#flush() ?? 'length';
    return undefined;
  }

  /** Emits the tokens and the text since the last call. Throws what the request's `onToken` throws. */
  emit(): void {
    for (const gapMs of this.#pendingGaps) this.#setup.observer.onToken(gapMs);
    this.#pendingGaps.length = 0;
    while (this.#emittedTokens < this.#tokens.length) {
      const index = this.#emittedTokens++;
      this.#callOnToken(this.#tokens[index]!, this.#logprobs[index]);
    }
    this.#emitText();
  }

  /** Ends the generation with a result. Never throws. */
  finish(finishReason: FinishReason): void {
    if (this.#onTokenFailure !== undefined) return this.fail(this.#onTokenFailure.error);
    this.#removeAbortListener();
    this.#emitText();
    const result = this.#result(finishReason);
    this.#accept.resolve();
    this.#settle.resolve(result);
    this.adapter?.release();
    this.#setup.observer.onEnd({ result }, this.#times());
    if (finishReason === 'cancelled') this.#queue.fail(abortError(this.request.signal));
    else this.#queue.end();
  }

  /** Ends the generation because it was cancelled. Never throws. */
  endCancelled(): void {
    this.finish('cancelled');
  }

  // If an asynchronous callback rejects, only this request fails, as if the callback had thrown.
  #callOnToken(token: number, logprobs: TokenLogprobs | undefined): void {
    const returned: unknown = this.request.options.onToken?.(token, logprobs, this.choice);
    if (returned instanceof Promise) returned.catch((error: unknown) => this.#failOnToken(error));
  }

  #failOnToken(error: unknown): void {
    this.#onTokenFailure ??= { error };
    this.#cancel();
  }

  /** Ends the generation with an error. Never throws. */
  fail(error: unknown): void {
    this.#removeAbortListener();
    this.#accept.reject(error);
    this.#settle.reject(error);
    this.adapter?.release();
    this.#setup.observer.onEnd({ error }, this.#times());
    this.#queue.fail(error);
  }

  // The signal is an object of the caller, whose method may throw. The generation must end anyway.
  #removeAbortListener(): void {
    try {
      this.request.signal?.removeEventListener('abort', this.#cancel);
    } catch {}
  }

  readonly #cancel = (): void => {
    this.#cancelled = true;
    this.#setup.onCancel();
  };

  // Adds the text that the decoder and the stop strings have buffered. Returns `stop` if it completes a stop string.
  #flush(): 'stop' | undefined {
    if (this.#addDecoded(this.#decoder.flush())) return 'stop';
    this.#addText(this.#stopStrings.flush());
    return undefined;
  }

  // Adds decoded text up to a stop string. Returns whether a stop string was found.
  #addDecoded(piece: string): boolean {
    const { text, stopped } = this.#stopStrings.push(piece);
    this.#addText(text);
    return stopped;
  }

  #addText(text: string): void {
    this.#text += text;
    this.#pendingText += text;
  }

  #emitText(): void {
    this.#queue.push(this.#pendingText);
    this.#pendingText = '';
  }

  #times(): RequestTimes {
    const now = performance.now();
    const [startedAt, firstTokenAt] = [this.#startedAt || now, this.#firstTokenAt || now];
    const { submittedAt } = this.request;
    return {
      totalMs: now - submittedAt,
      queueMs: startedAt - submittedAt,
      prefillMs: firstTokenAt - startedAt,
      decodeMs: Math.max(0, this.#lastTokenAt - firstTokenAt),
    };
  }

  #result(finishReason: FinishReason): GenerationResult {
    const { promptLength, cachedTokens, computedTokens, draftedTokens, acceptedTokens } = this.sequence;
    const { report = EMPTY_CACHE_REPORT } = this.sequence;
    const seconds = (this.#lastTokenAt - this.#firstTokenAt) / 1000;
    return {
      text: this.#text,
      tokens: this.#tokens,
      ...(this.parameters.logprobs === undefined ? {} : { logprobs: this.#logprobs }),
      promptTokens: promptLength,
      cachedTokens,
      computedTokens,
      cache: report,
      ...(draftedTokens === 0 ? {} : { draftedTokens, acceptedTokens }),
      generatedTokens: this.#tokens.length,
      finishReason,
      seed: this.parameters.seed,
      ttftMs: this.#sampledTokens === 0 ? 0 : this.#firstTokenAt - this.request.submittedAt,
      decodeTokensPerSecond: seconds > 0 ? (this.#sampledTokens - 1) / seconds : 0,
      backend: this.#setup.backend,
    };
  }
}

const EMPTY_CACHE_REPORT: CacheReport = { runningTokens: 0, memoryTokens: 0, diskTokens: 0 };
