// The choices of one HTTP request: `n` for each of its prompts, started together and cancelled together. `start` resolves when
// the engine has accepted all of them, so a rejection still determines the HTTP status.

import { asQuireError, isAbort, type QuireError } from '../../../base/errors.ts';
import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { TokenCompleter } from '../../../completion/completer.ts';
import type { GenerationResult, GenerationStream } from '../../../completion/generation.ts';
import type { RequestOptions } from '../../../completion/request-options.ts';
import { SAMPLING_OPTION_NAMES, samplingOption } from '../../../completion/sampling-options.ts';
import { asUnloadedError } from '../../../service/model-registry.ts';
import type { ResponseSignal } from '../../http/connections/drain.ts';
import { clientClosed } from '../../http/errors/error-response.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { endLeaseAfter, type Lease } from '../../http/keys/key-limiter.ts';

export interface ChoicesRequest {
  readonly completer: TokenCompleter;
  /** token ids of each prompt */
  readonly prompts: readonly (readonly number[])[];
  /** choices per prompt */
  readonly n: number;
  readonly options: RequestOptions;
  readonly cancellation: ResponseSignal;
  /** ends with the last choice */
  readonly lease: Lease;
}

export class Choices {
  /** those of the first prompt, then those of the second, and so on */
  readonly streams: readonly GenerationStream[];
  /** by choice: log-probabilities that have not been sent */
  readonly #pendingLogprobs: TokenLogprobs[][];
  readonly #request: ChoicesRequest;

  private constructor(request: ChoicesRequest) {
    const { completer, prompts, n, options, cancellation, lease } = request;
    const { signal } = cancellation;
    this.#request = request;
    this.#pendingLogprobs = Array.from({ length: prompts.length * n }, () => []);
    this.streams = prompts.flatMap((tokens, prompt) => {
      const all = { ...options, ...this.#collectLogprobs(prompt), signal };
      return n === 1 ? completer.completeTokens(tokens, all) : completer.completeChoices(tokens, n, all);
    });
    lease.spend(prompts.reduce((sum, { length }) => sum + length, 0));
    endLeaseAfter(
      lease,
      this.streams.map(({ result }) => result.then(({ generatedTokens }) => generatedTokens)),
    );
  }

  /** Rejects with the error of the first choice that is rejected; the others are then cancelled. */
  static async start(request: ChoicesRequest): Promise<Choices> {
    const choices = new Choices(request);
    try {
      await Promise.all(choices.streams.map(({ accepted }) => accepted));
    } catch (error) {
      throw choices.cancel(error);
    }
    return choices;
  }

  /** Returns the log-probabilities of a choice's tokens since the last call. */
  takeLogprobs(index: number): readonly TokenLogprobs[] {
    return this.#pendingLogprobs[index]!.splice(0);
  }

  /** All results, by prompt. Rejects when a choice fails or is cancelled. */
  async results(): Promise<readonly (readonly GenerationResult[])[]> {
    const { signal } = this.#request.cancellation;
    try {
      const results = await Promise.all(this.streams.map(({ result }) => result));
      if (results.some(({ finishReason }) => finishReason === 'cancelled')) throw signal.reason;
      return this.byPrompt(results);
    } catch (error) {
      throw this.cancel(error);
    }
  }

  byPrompt<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
    const { prompts, n } = this.#request;
    return prompts.map((_, prompt) => items.slice(prompt * n, (prompt + 1) * n));
  }

  /** Cancels all choices; returns `error` with HTTP parameter names in place of library names. */
  cancel(error: unknown): QuireError {
    this.#request.cancellation.cancel();
    return withWireNames(error);
  }

  #collectLogprobs(prompt: number): RequestOptions {
    const { n, options } = this.#request;
    if (options.logprobs === undefined) return {};
    const pending = (choice: number): TokenLogprobs[] => this.#pendingLogprobs[prompt * n + choice]!;
    return { onToken: (_token, logprobs, choice) => logprobs && pending(choice).push(logprobs) };
  }
}

// The engine checks token ids, words and combined lengths, and its errors use the library's names.
function withWireNames(thrown: unknown): QuireError {
  const error = isAbort(thrown) ? clientClosed() : asUnloadedError(asQuireError(thrown));
  const wire = WIRE_NAMES.get(error.option ?? '');
  if (wire === undefined) return error;
  const what = error.message.replace(/\w+/g, (word) => WIRE_NAMES.get(word) ?? word);
  return parameterError(error.code, wire, what, error.hint);
}

const WIRE_NAMES: ReadonlyMap<string, string> = new Map(
  SAMPLING_OPTION_NAMES.map((name) => [name, samplingOption(name).wire]),
);
