// Starts the choices of a request whose parameters are valid. The routes of chat and text completions share this code.

import type { FastifyRequest } from 'fastify';
import { omitUndefined } from '../../../base/omit-undefined.ts';
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
  /** number of most likely tokens to return; undefined if no log-probabilities are requested */
  readonly logprobs: number | undefined;
  readonly cancellation: ResponseSignal;
  readonly promptCount: number;
  /** called after slots of the key were acquired */
  readonly encodePrompts: () => Promise<readonly (readonly number[])[]>;
}

/** Rejects with the errors of the key limits, of `encodePrompts` and of the engine. */
export async function startChoices(job: CompletionJob): Promise<Choices> {
  const { context, request, parameters, logprobs, cancellation } = job;
  const { completer } = job.model;
  const { n = 1, cache_salt } = parameters;
  const cacheSalt = saltFor({ keyId: request.keyId, cacheSalt: cache_salt, ...context });
  const options = {
    ...requestOptions(parameters, completer.info),
    ...omitUndefined({ logprobs, cacheSalt }),
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
