// Converts an error status of a hub to an error with a hint. Without a token, a hub also responds with 401 for
// a model that does not exist, so that the names of private models cannot be guessed.

import { QuireError } from '../base/errors.ts';
import { badHubResponse } from './bad-hub-response.ts';
import type { HubReference } from './hub-reference.ts';

export interface RefusedRequest {
  /** HTTP status, 400 or above, for which the request is not retried */
  readonly status: number;
  /** the header `X-Error-Code` */
  readonly errorCode: string | undefined;
  /** base URL of the hub */
  readonly endpoint: string;
  readonly reference: HubReference;
  /** whether a token was sent */
  readonly tokenSent: boolean;
}

/** Returns `access_denied`, `model_not_found`, or `bad_hub_answer` for any other status. */
export function refusedRequestError(request: RefusedRequest): QuireError {
  const { status, endpoint, reference } = request;
  if (status === 401) return unauthorizedError(request);
  if (status === 403) {
    const hint = `accept its conditions on ${endpoint}/${reference.repo}, and set HF_TOKEN to a token of that account`;
    return new QuireError('access_denied', `${endpoint} restricts access to ${reference.repo}`, hint);
  }
  if (status === 404) return notFoundError(request);
  return badHubResponse(`${endpoint} responded with ${status} for ${reference.repo}`);
}

function unauthorizedError({ endpoint, reference, tokenSent }: RefusedRequest): QuireError {
  const message = tokenSent
    ? `${endpoint} rejected the token for ${reference.repo}`
    : `${endpoint} denies access to ${reference.repo} without a token: it is private, gated, or does not exist`;
  const hint = tokenSent
    ? 'check that HF_TOKEN is valid and has read access to this model'
    : 'check the name; for a private or gated model, set HF_TOKEN to a token with read access';
  return new QuireError('access_denied', message, hint);
}

function notFoundError({ errorCode, endpoint, reference }: RefusedRequest): QuireError {
  const { repo, revision } = reference;
  if (errorCode === 'EntryNotFound') {
    return new QuireError(
      'model_not_found',
      `a listed file of ${repo} was not found`,
      'try again: the repository may have changed',
    );
  }
  const revisionPart =
    revision !== 'main' || errorCode === 'RevisionNotFound' ? ` at revision ${revision}` : '';
  const hint = `check the spelling and that ${endpoint}/${repo} exists`;
  return new QuireError('model_not_found', `${endpoint} has no model ${repo}${revisionPart}`, hint);
}
