// The answers to one HTTP request: `n` to each of its prompts, started together, ended together. It resolves once
// the engine has taken all of them, so that whatever is refused still gets a status of its own.

import { asQuireError, type QuireError } from '../../../base/errors.ts';
import type { TokenLogprobs } from '../../../base/step/selection.ts';
import type { TokenCompleter } from '../../../completion/completer.ts';
import type { GenerationResult, GenerationStream } from '../../../completion/generation.ts';
import type { RequestOptions } from '../../../completion/request-options.ts';
import { SAMPLING_OPTION_NAMES, samplingOption } from '../../../completion/sampling-options.ts';
import { asUnloaded } from '../../../service/model-registry.ts';
import type { AnswerSignal } from '../../http/connections/drain.ts';
import { clientClosed, clientHasGone } from '../../http/errors/http-errors.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { type Lease, settleLease } from '../../http/keys/key-limiter.ts';

export interface AnswersRequest {
  readonly completer: TokenCompleter;
  /** token ids of each */
  readonly prompts: readonly (readonly number[])[];
  /** answers to each */
  readonly n: number;
  readonly options: RequestOptions;
  readonly until: AnswerSignal;
  /** ends with the last of them */
  readonly lease: Lease;
}

/** What begins answers under a lease, which ends at once when that fails. */
export async function leased<Begun>(lease: Lease, begin: () => Promise<Begun>): Promise<Begun> {
  try {
    return await begin();
  } catch (error) {
    lease.end();
    throw error;
  }
}

export class Answers {
  /** those to the first prompt, then those to the second, and so on */
  readonly streams: readonly GenerationStream[];
  readonly #untold: TokenLogprobs[][];
  readonly #request: AnswersRequest;

  private constructor(request: AnswersRequest) {
    const { completer, prompts, n, options, until, lease } = request;
    this.#request = request;
    this.#untold = Array.from({ length: prompts.length * n }, () => []);
    const told = options.logprobs !== undefined;
    this.streams = prompts.flatMap((tokens, prompt) => {
      const untold = (choice: number): TokenLogprobs[] => this.#untold[prompt * n + choice]!;
      const all: RequestOptions = told
        ? { ...options, onToken: (_token, logprobs, choice) => logprobs && untold(choice).push(logprobs) }
        : options;
      return n === 1
        ? completer.completeTokens(tokens, { ...all, signal: until.signal })
        : completer.completeChoices(tokens, n, { ...all, signal: until.signal });
    });
    lease.spend(prompts.reduce((sum, { length }) => sum + length, 0));
    settleLease(
      lease,
      this.streams.map(({ result }) => result.then(({ generatedTokens }) => generatedTokens)),
    );
  }

  /** Rejects with what any of the requests is refused for; the others are then cancelled. */
  static async start(request: AnswersRequest): Promise<Answers> {
    const answers = new Answers(request);
    try {
      await Promise.all(answers.streams.map(({ accepted }) => accepted));
    } catch (error) {
      throw answers.end(error);
    }
    return answers;
  }

  /** Log-probabilities of an answer's tokens that were chosen since the last call. */
  takeLogprobs(index: number): readonly TokenLogprobs[] {
    return this.#untold[index]!.splice(0);
  }

  /** All results, by prompt. Rejects when one fails, or when they were told to end. */
  async results(): Promise<readonly (readonly GenerationResult[])[]> {
    const { signal } = this.#request.until;
    try {
      const all = await Promise.all(this.streams.map(({ result }) => result));
      if (all.some(({ finishReason }) => finishReason === 'cancelled')) throw signal.reason;
      return this.byPrompt(all);
    } catch (error) {
      throw this.end(error);
    }
  }

  byPrompt<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
    const { prompts, n } = this.#request;
    return prompts.map((_, prompt) => items.slice(prompt * n, (prompt + 1) * n));
  }

  /** Ends all answers; returns `error` under the names of the wire. */
  end(error: unknown): QuireError {
    const known = underWireName(error);
    this.#request.until.cancel();
    return known;
  }
}

// The engine checks what only it can (ids and words of its model, lengths against each other), under the library's names.
function underWireName(thrown: unknown): QuireError {
  const error = clientHasGone(thrown) ? clientClosed() : asUnloaded(asQuireError(thrown));
  const wire = WIRE_NAMES.get(error.option ?? '');
  if (wire === undefined) return error;
  const what = error.message.replace(/\w+/g, (word) => WIRE_NAMES.get(word) ?? word);
  return parameterError(error.code, wire, what, error.hint);
}

const WIRE_NAMES: ReadonlyMap<string, string> = new Map(
  SAMPLING_OPTION_NAMES.map((name) => [name, samplingOption(name).wire]),
);
