// One request on its way: its sequence, how its tokens are chosen, when it stops, and the text that goes out.
// The step loop hands it each chosen token; it answers with a reason to finish, or nothing.

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

/** What a request brought. */
export interface SubmittedRequest {
  readonly prompt: readonly number[];
  readonly options: RequestOptions;
  /** its bad words as ids */
  readonly badSpellings: Spellings;
  readonly signal: AbortSignal | undefined;
  /** by `performance.now`, before the prompt was tokenized */
  readonly submittedAt: number;
  /** which of several parallel samples, from 0 */
  readonly choice?: number;
  /** the samples of one request and the forks of any of them: the number of the next one */
  readonly sampleGroup?: { next: number };
  /** the answer that this one is a fork of, and how many tokens prompt and answer may have */
  readonly parent?: Generation;
  readonly capacity?: number;
}

export interface GenerationSetup {
  readonly request: SubmittedRequest;
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly tokenizer: Tokenizer;
  /** ids that may be chosen are below; the tokenizer may have fewer ids, or more */
  readonly vocabSize: number;
  readonly backend: string;
  readonly observer: Required<RequestObserver>;
  /** called when the request is to end early */
  readonly onCancel: () => void;
}

export class Generation {
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly request: SubmittedRequest;
  readonly choice: number;
  /** how its tokens are chosen, row by row */
  readonly rows: SelectionRows;
  readonly sampleGroup: { next: number };
  readonly stream: GenerationStream;
  readonly #queue: TextQueue;
  readonly #decoder: StreamingDecoder;
  readonly #stops: StopStrings;
  readonly #setup: GenerationSetup;
  readonly #tokens: number[] = [];
  readonly #logprobs: TokenLogprobs[] = [];
  #chosenTokens = 0; // without those that a fork has from its parent
  #begunAt = 0;
  #firstTokenAt = 0;
  #lastTokenAt = 0;
  #text = '';
  #unsent = ''; // of the text
  #sentTokens = 0;
  readonly #gaps: number[] = []; // milliseconds before tokens that nobody was told of yet
  #cancelled = false;
  #failure: { readonly error: unknown } | undefined; // what the request's own callback rejected with
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
    result.catch(() => {}); // the stream carries the same error; nobody has to look at both
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

  /** It is queued. */
  accepted(): void {
    this.#accept.resolve();
  }

  /** A step computes `count` of its tokens. Of the times only the first counts. */
  beginStep(count: number): void {
    if (this.#begunAt === 0) this.#begunAt = performance.now();
    const { kv, length } = this.sequence;
    this.rows.countTokens(this.sequence, Math.min(length, (kv?.computed ?? 0) + count));
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /**
   * Takes the token that was chosen; a reason means that the answer is complete. Nobody hears of it before `emit`, so that
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

  // What a fork's parent had generated before it is the beginning of the fork's own answer.
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

  /** Tells the caller what was taken since the last call. Throws what the caller's own callback throws. */
  emit(): void {
    for (const gapMs of this.#gaps) this.#setup.observer.onToken(gapMs);
    this.#gaps.length = 0;
    while (this.#sentTokens < this.#tokens.length) {
      const at = this.#sentTokens++;
      this.#tell(this.#tokens[at]!, this.#logprobs[at]);
    }
    this.#send();
  }

  /** Never throws. */
  finish(finishReason: FinishReason): void {
    if (this.#failure !== undefined) return this.fail(this.#failure.error);
    this.#leaveSignal();
    this.#send();
    const result = this.#result(finishReason);
    this.#accept.resolve();
    this.#settle.resolve(result);
    this.#setup.observer.onEnd({ result }, this.#times());
    if (finishReason === 'cancelled') this.#queue.fail(abortError(this.request.signal));
    else this.#queue.end();
  }

  // A callback that is written as `async` rejects instead of throwing: that ends its request too, and nothing else.
  #tell(token: number, logprobs: TokenLogprobs | undefined): void {
    const told: unknown = this.request.options.onToken?.(token, logprobs, this.choice);
    if (told instanceof Promise) told.catch((error: unknown) => this.#endWith(error));
  }

  #endWith(error: unknown): void {
    this.#failure ??= { error };
    this.#cancel();
  }

  /** Never throws. */
  fail(error: unknown): void {
    this.#leaveSignal();
    this.#accept.reject(error);
    this.#settle.reject(error);
    this.#setup.observer.onEnd({ error }, this.#times());
    this.#queue.fail(error);
  }

  // A signal is the caller's own object: whatever it does, an answer ends.
  #leaveSignal(): void {
    try {
      this.request.signal?.removeEventListener('abort', this.#cancel);
    } catch {}
  }

  readonly #cancel = (): void => {
    this.#cancelled = true;
    this.#setup.onCancel();
  };

  // Adds what the decoder and the stop strings held back; a stop string may still complete.
  #flush(): 'stop' | undefined {
    if (this.#decode(this.#decoder.flush())) return 'stop';
    this.#write(this.#stops.flush());
    return undefined;
  }

  // Whether a stop string was found.
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
