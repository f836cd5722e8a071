// The choices of one HTTP request, `n` for each prompt, which are started together and cancelled together. `start` resolves when
// the engine has accepted all choices, so that the error of a rejected choice determines the HTTP status.

import { asQuireError, isAbort, type QuireError } from '../../../base/errors.ts';
import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { TokenCompleter } from '../../../completion/completer.ts';
import type { GenerationResult, GenerationStream } from '../../../completion/generation.ts';
import type { RequestOptions } from '../../../completion/request-options.ts';
import { SAMPLING_OPTION_NAMES, samplingOption } from '../../../completion/sampling-options.ts';
import { asUnloadedError } from '../../../service/model-errors.ts';
import type { ResponseSignal } from '../../http/connections/drain.ts';
import { clientClosedError } from '../../http/errors/error-response.ts';
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
  /** the slots of the key, released when the last choice ends */
  readonly lease: Lease;
}

export class Choices {
  /** the choices of the first prompt, then the choices of the second prompt, and so on */
  readonly streams: readonly GenerationStream[];
  /** for each choice, the log-probabilities that have not been sent */
  readonly #pendingLogprobs: TokenLogprobs[][];
  readonly #request: ChoicesRequest;

  private constructor(request: ChoicesRequest) {
    const { completer, prompts, n, options, cancellation, lease } = request;
    const { signal } = cancellation;
    this.#request = request;
    this.#pendingLogprobs = Array.from({ length: prompts.length * n }, () => []);
    this.streams = prompts.flatMap((tokens, prompt) => {
      const allOptions = { ...options, ...this.#collectLogprobs(prompt), signal };
      return n === 1
        ? completer.completeTokens(tokens, allOptions)
        : completer.completeChoices(tokens, n, allOptions);
    });
    lease.spend(prompts.reduce((sum, { length }) => sum + length, 0));
    endLeaseAfter(
      lease,
      this.streams.map(({ result }) => result.then(({ generatedTokens }) => generatedTokens)),
    );
  }

  /** Starts all choices. If the engine rejects a choice, cancels the other choices and rejects with the error. */
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

  /** Resolves to the results of the choices of each prompt. Rejects if a choice fails or is cancelled. */
  async results(): Promise<readonly (readonly GenerationResult[])[]> {
    const { signal } = this.#request.cancellation;
    try {
      const results = await Promise.all(this.streams.map(({ result }) => result));
      if (results.some(({ finishReason }) => finishReason === 'cancelled')) throw signal.reason;
      return this.groupByPrompt(results);
    } catch (error) {
      throw this.cancel(error);
    }
  }

  groupByPrompt<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
    const { prompts, n } = this.#request;
    return prompts.map((_, prompt) => items.slice(prompt * n, (prompt + 1) * n));
  }

  /** Cancels all choices; returns `error` with HTTP parameter names instead of the library's option names. */
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

// Errors of the engine, for example about token ids or total lengths, contain the library's option names.
function withWireNames(thrown: unknown): QuireError {
  const error = isAbort(thrown) ? clientClosedError() : asUnloadedError(asQuireError(thrown));
  const wireName = WIRE_NAMES.get(error.option ?? '');
  if (wireName === undefined) return error;
  const message = error.message.replace(/\w+/g, (word) => WIRE_NAMES.get(word) ?? word);
  return parameterError(error.code, wireName, message, error.hint);
}

const WIRE_NAMES: ReadonlyMap<string, string> = new Map(
  SAMPLING_OPTION_NAMES.map((name) => [name, samplingOption(name).wire]),
);
