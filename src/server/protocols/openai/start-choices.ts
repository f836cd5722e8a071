// From validated parameters to running choices: what the routes of chat and text completions share.

import type { FastifyRequest } from 'fastify';
import { defined } from '../../../base/defined.ts';
import { saltFor } from '../../../service/cache-salt.ts';
import type { ReadyModel } from '../../../service/model-registry.ts';
import type { ResponseSignal } from '../../http/connections/drain.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { Choices } from './choices.ts';
import { type CommonParameters, requestOptions } from './common-parameters.ts';

export interface CompletionJob {
  readonly context: ServerContext;
  readonly request: FastifyRequest;
  readonly parameters: CommonParameters;
  readonly model: ReadyModel;
  /** number of likely tokens to report; undefined when no log-probabilities are requested */
  readonly logprobs: number | undefined;
  readonly cancellation: ResponseSignal;
  readonly promptCount: number;
  /** called when the key has free slots */
  readonly encodePrompts: () => Promise<readonly (readonly number[])[]>;
}

/** Throws what the limits of the key, `encodePrompts` and the engine throw. */
export async function startChoices(job: CompletionJob): Promise<Choices> {
  const { context, request, parameters, logprobs, cancellation } = job;
  const { completer } = job.model;
  const { n = 1, cache_salt } = parameters;
  const cacheSalt = saltFor({ keyId: request.keyId, cacheSalt: cache_salt, ...context });
  const options = {
    ...requestOptions(parameters, completer.info),
    ...defined({ logprobs, cacheSalt }),
  };
  const lease = context.limits.acquire(request.keyId, job.promptCount * n);
  try {
    const prompts = await job.encodePrompts();
    return await Choices.start({ completer, prompts, n, options, cancellation, lease });
  } catch (error) {
    lease.end();
    throw error;
  }
}
