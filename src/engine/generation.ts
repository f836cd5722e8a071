// One request on its way: its sequence, how its tokens are chosen, when it stops, and the text that goes out.
// The step loop hands it each chosen token; it answers with a reason to finish, or nothing.

import { abortError } from '../base/errors.ts';
import type { TokenLogprobs } from '../base/selection.ts';
import type { CacheReport } from '../completion/cache-report.ts';
import type { FinishReason, GenerationResult, GenerationStream } from '../completion/generation.ts';
import type { RequestOptions } from '../completion/request-options.ts';
import type { SamplingParameters } from '../sampler/parameters.ts';
import { SelectionRows } from '../sampler/selection-row.ts';
import { StopStrings } from '../sampler/stop-strings.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import { createStreamingDecoder, type StreamingDecoder } from '../text/streaming-decoder.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { RequestObserver, RequestTimes } from './request-observer.ts';
import { TextQueue } from './text-queue.ts';
import type { Spellings } from './token-options.ts';

/** What a request brought. */
export interface Begin {
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
  readonly family?: { next: number };
  /** the answer that this one is a fork of, and how many tokens prompt and answer may have */
  readonly parent?: Generation;
  readonly capacity?: number;
}

export interface GenerationSetup {
  readonly begin: Begin;
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly tokenizer: Tokenizer;
  readonly backend: string;
  readonly observer: Required<RequestObserver>;
  /** called when the request is to end early */
  readonly onCancel: () => void;
}

export class Generation {
  readonly sequence: Sequence;
  readonly parameters: SamplingParameters;
  readonly begin: Begin;
  readonly choice: number;
  /** how its tokens are chosen, row by row */
  readonly rows: SelectionRows;
  readonly family: { next: number };
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
  #cancelled = false;
  #failure: { readonly error: unknown } | undefined; // what the request's own callback rejected with
  #settle!: { resolve(result: GenerationResult): void; reject(error: unknown): void };

  constructor(setup: GenerationSetup) {
    this.#setup = setup;
    this.sequence = setup.sequence;
    this.parameters = setup.parameters;
    this.begin = setup.begin;
    this.choice = setup.begin.choice ?? 0;
    this.rows = new SelectionRows(setup.parameters, this.choice, setup.begin.parent?.rows);
    this.family = setup.begin.family ?? setup.begin.parent?.family ?? { next: 1 };
    this.#decoder = createStreamingDecoder(setup.tokenizer);
    this.#stops = new StopStrings(setup.parameters.stop);
    this.#queue = new TextQueue(() => this.#cancel());
    const result = new Promise<GenerationResult>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    result.catch(() => {}); // the stream carries the same error; nobody has to look at both
    const queue = this.#queue;
    const soFar = (): Pick<GenerationResult, 'text' | 'tokens'> => ({
      text: this.#text,
      tokens: this.#tokens,
    });
    this.stream = { result, soFar, [Symbol.asyncIterator]: () => queue };
    const { signal } = setup.begin;
    if (signal?.aborted) this.#cancelled = true;
    signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  /** A number for the next fork: each of a family draws at a place of its own. */
  nextChoice(): number {
    return this.family.next++;
  }

  /** A step computes `count` of its tokens. Of the times only the first counts. */
  beginStep(count: number): void {
    if (this.#begunAt === 0) this.#begunAt = performance.now();
    const { kv, length } = this.sequence;
    this.rows.absorb(this.sequence, Math.min(length, (kv?.computed ?? 0) + count));
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Takes the token that was chosen; a reason means that the answer is complete. */
  accept(token: number, logprobs: TokenLogprobs | undefined): FinishReason | undefined {
    const reason = this.#catchUp();
    if (reason !== undefined) return reason;
    const before = this.#lastTokenAt;
    this.#lastTokenAt = performance.now();
    if (this.#chosenTokens++ === 0) this.#firstTokenAt = this.#lastTokenAt;
    else this.#setup.observer.onToken(this.#lastTokenAt - before);
    return this.#accept(token, logprobs);
  }

  // What a fork's parent had generated before it is the beginning of the fork's own answer.
  #catchUp(): FinishReason | undefined {
    const { promptLength, tokens } = this.sequence;
    const { parent } = this.begin;
    let reason: FinishReason | undefined;
    while (reason === undefined && this.#tokens.length < tokens.length - promptLength - 1) {
      const at = this.#tokens.length;
      reason = this.#accept(
        tokens[promptLength + at]!,
        parent === undefined ? undefined : parent.#logprobs[at],
      );
    }
    return reason;
  }

  #accept(token: number, logprobs: TokenLogprobs | undefined): FinishReason | undefined {
    this.#tokens.push(token);
    if (logprobs !== undefined) this.#logprobs.push(logprobs);
    this.#tell(token, logprobs);
    if (this.parameters.stopTokens.has(token)) return this.#flush() ?? 'stop';
    if (this.#emit(this.#decoder.push(token))) return 'stop';
    const { promptLength, capacity } = this.sequence;
    if (promptLength + this.#tokens.length === capacity) return this.#flush() ?? 'length';
    return undefined;
  }

  finish(finishReason: FinishReason): void {
    if (this.#failure !== undefined) return this.fail(this.#failure.error);
    this.#leaveSignal();
    const result = this.#result(finishReason);
    this.#settle.resolve(result);
    this.#setup.observer.onEnd({ result }, this.#times());
    if (finishReason === 'cancelled') this.#queue.fail(abortError(this.begin.signal));
    else this.#queue.end();
  }

  // A callback that is written as `async` rejects instead of throwing: that ends its request too, and nothing else.
  #tell(token: number, logprobs: TokenLogprobs | undefined): void {
    const told: unknown = this.begin.options.onToken?.(token, logprobs, this.choice);
    if (told instanceof Promise) told.catch((error: unknown) => this.#endWith(error));
  }

  #endWith(error: unknown): void {
    this.#failure ??= { error };
    this.#cancel();
  }

  /** Never throws. */
  fail(error: unknown): void {
    this.#leaveSignal();
    this.#settle.reject(error);
    this.#setup.observer.onEnd({ error }, this.#times());
    this.#queue.fail(error);
  }

  // A signal is the caller's own object: whatever it does, an answer ends.
  #leaveSignal(): void {
    try {
      this.begin.signal?.removeEventListener('abort', this.#cancel);
    } catch {}
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

  #times(): RequestTimes {
    const now = performance.now();
    const [begunAt, firstTokenAt] = [this.#begunAt || now, this.#firstTokenAt || now];
    const { submittedAt } = this.begin;
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
      ttftMs: this.#chosenTokens === 0 ? 0 : this.#firstTokenAt - this.begin.submittedAt,
      decodeTokensPerSecond: seconds > 0 ? (this.#chosenTokens - 1) / seconds : 0,
      backend: this.#setup.backend,
    };
  }
}

const NOT_STARTED: CacheReport = { runningTokens: 0, memoryTokens: 0, diskTokens: 0 };
