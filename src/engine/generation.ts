// A running request: its sequence, how its tokens are sampled, when it stops, and its output stream. The step loop passes
// each sampled token to `take`, which returns a finish reason or nothing.

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
import { TextQueue } from './text-queue.ts';
import type { Spellings } from './token-options.ts';

/** A request whose prompt is tokenized. */
export interface SubmittedRequest {
  readonly prompt: readonly number[];
  readonly options: RequestOptions;
  /** its bad words as token ids */
  readonly badSpellings: Spellings;
  readonly signal: AbortSignal | undefined;
  /** by `performance.now`, before the prompt was tokenized */
  readonly submittedAt: number;
  /** index among parallel samples, from 0 */
  readonly choice?: number;
  /** counter shared by the samples of a request and all their forks: the index of the next one */
  readonly sampleGroup?: { next: number };
  /** the generation that this one is a fork of */
  readonly parent?: Generation;
  /** most tokens of prompt and answer */
  readonly capacity?: number;
}

export interface GenerationSetup {
  readonly request: SubmittedRequest;
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly tokenizer: Tokenizer;
  /** token ids that may be sampled are below this; the tokenizer may have fewer ids, or more */
  readonly vocabSize: number;
  readonly backend: string;
  readonly observer: Required<RequestObserver>;
  /** called when the request must end early */
  readonly onCancel: () => void;
}

export class Generation {
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly request: SubmittedRequest;
  readonly choice: number;
  /** builds the selection row of each token */
  readonly rows: SelectionRows;
  readonly sampleGroup: { next: number };
  readonly stream: GenerationStream;
  readonly #queue: TextQueue;
  readonly #decoder: StreamingDecoder;
  readonly #stops: StopStrings;
  readonly #setup: GenerationSetup;
  readonly #tokens: number[] = [];
  readonly #logprobs: TokenLogprobs[] = [];
  #chosenTokens = 0; // sampled here, without those that a fork shares with its parent
  #begunAt = 0;
  #firstTokenAt = 0;
  #lastTokenAt = 0;
  #text = '';
  #unsent = ''; // end of the text that is not emitted yet
  #sentTokens = 0;
  readonly #gaps: number[] = []; // milliseconds between tokens that the observers were not notified of yet
  #cancelled = false;
  #failure: { readonly error: unknown } | undefined; // the rejection of the request's onToken
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
    this.#stops = new StopStrings(setup.parameters.stop);
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

  /** Sample index of the next fork: each sample of a request has its own random numbers. */
  nextChoice(): number {
    return this.sampleGroup.next++;
  }

  /** Settles `accepted`: the request is queued. */
  accepted(): void {
    this.#accept.resolve();
  }

  /** Prepares for a step that computes `count` of its tokens. The first call ends the queue time. */
  beginStep(count: number): void {
    if (this.#begunAt === 0) this.#begunAt = performance.now();
    const { kv, length } = this.sequence;
    this.rows.countTokens(this.sequence, Math.min(length, (kv?.computed ?? 0) + count));
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /**
   * Adds the sampled token; returns a finish reason when the generation is complete. Callbacks run only in `emit`, so that
   * no code of a caller runs while a step is being committed.
   */
  take(token: number, logprobs: TokenLogprobs | undefined): FinishReason | undefined {
    const reason = this.#catchUp();
    if (reason !== undefined) return reason;
    const before = this.#lastTokenAt;
    this.#lastTokenAt = performance.now();
    if (this.#chosenTokens++ === 0) this.#firstTokenAt = this.#lastTokenAt;
    else this.#gaps.push(this.#lastTokenAt - before);
    return this.#take(token, logprobs);
  }

  // The tokens that the parent had generated before the fork are the beginning of the fork's answer.
  #catchUp(): FinishReason | undefined {
    const { promptLength, tokens } = this.sequence;
    const { parent } = this.request;
    let reason: FinishReason | undefined;
    while (reason === undefined && this.#tokens.length < tokens.length - promptLength - 1) {
      const at = this.#tokens.length;
      reason = this.#take(
        tokens[promptLength + at]!,
        parent === undefined ? undefined : parent.#logprobs[at],
      );
    }
    return reason;
  }

  #take(token: number, logprobs: TokenLogprobs | undefined): FinishReason | undefined {
    this.#tokens.push(token);
    if (logprobs !== undefined) this.#logprobs.push(logprobs);
    if (this.parameters.stopTokens.has(token)) return this.#flush() ?? 'stop';
    if (this.#decode(this.#decoder.push(token))) return 'stop';
    const { promptLength, capacity } = this.sequence;
    if (promptLength + this.#tokens.length === capacity) return this.#flush() ?? 'length';
    return undefined;
  }

  /** Emits the tokens and the text since the last call. Throws what the request's `onToken` throws. */
  emit(): void {
    for (const gapMs of this.#gaps) this.#setup.observer.onToken(gapMs);
    this.#gaps.length = 0;
    while (this.#sentTokens < this.#tokens.length) {
      const at = this.#sentTokens++;
      this.#callOnToken(this.#tokens[at]!, this.#logprobs[at]);
    }
    this.#send();
  }

  /** Ends the generation with a result. Never throws. */
  finish(finishReason: FinishReason): void {
    if (this.#failure !== undefined) return this.fail(this.#failure.error);
    this.#removeAbortListener();
    this.#send();
    const result = this.#result(finishReason);
    this.#accept.resolve();
    this.#settle.resolve(result);
    this.#setup.observer.onEnd({ result }, this.#times());
    if (finishReason === 'cancelled') this.#queue.fail(abortError(this.request.signal));
    else this.#queue.end();
  }

  // An async callback rejects instead of throwing; that also fails its own request only.
  #callOnToken(token: number, logprobs: TokenLogprobs | undefined): void {
    const returned: unknown = this.request.options.onToken?.(token, logprobs, this.choice);
    if (returned instanceof Promise) returned.catch((error: unknown) => this.#failLater(error));
  }

  #failLater(error: unknown): void {
    this.#failure ??= { error };
    this.#cancel();
  }

  /** Ends the generation with an error. Never throws. */
  fail(error: unknown): void {
    this.#removeAbortListener();
    this.#accept.reject(error);
    this.#settle.reject(error);
    this.#setup.observer.onEnd({ error }, this.#times());
    this.#queue.fail(error);
  }

  // The signal is an object of the caller: the generation ends even if the signal's method throws.
  #removeAbortListener(): void {
    try {
      this.request.signal?.removeEventListener('abort', this.#cancel);
    } catch {}
  }

  readonly #cancel = (): void => {
    this.#cancelled = true;
    this.#setup.onCancel();
  };

  // Adds the text that the decoder and the stop strings held back; it may complete a stop string.
  #flush(): 'stop' | undefined {
    if (this.#decode(this.#decoder.flush())) return 'stop';
    this.#write(this.#stops.flush());
    return undefined;
  }

  // Adds decoded text; returns whether a stop string was found.
  #decode(piece: string): boolean {
    const { text, stopped } = this.#stops.push(piece);
    this.#write(text);
    return stopped;
  }

  #write(text: string): void {
    this.#text += text;
    this.#unsent += text;
  }

  #send(): void {
    this.#queue.push(this.#unsent);
    this.#unsent = '';
  }

  #times(): RequestTimes {
    const now = performance.now();
    const [begunAt, firstTokenAt] = [this.#begunAt || now, this.#firstTokenAt || now];
    const { submittedAt } = this.request;
    return {
      totalMs: now - submittedAt,
      queueMs: begunAt - submittedAt,
      prefillMs: firstTokenAt - begunAt,
      decodeMs: Math.max(0, this.#lastTokenAt - firstTokenAt),
    };
  }

  #result(finishReason: FinishReason): GenerationResult {
    const { promptLength, cachedTokens, computedTokens, draftedTokens, acceptedTokens } = this.sequence;
    const { report = NOT_STARTED } = this.sequence;
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
      ttftMs: this.#chosenTokens === 0 ? 0 : this.#firstTokenAt - this.request.submittedAt,
      decodeTokensPerSecond: seconds > 0 ? (this.#chosenTokens - 1) / seconds : 0,
      backend: this.#setup.backend,
    };
  }
}

const NOT_STARTED: CacheReport = { runningTokens: 0, memoryTokens: 0, diskTokens: 0 };
