// Converts an error status of a hub to an error with a hint. Without a token, a hub answers 401 also for a model that does not
// exist, so that names of private models cannot be guessed.

import { QuireError } from '../base/errors.ts';
import { badAnswer } from './bad-answer.ts';
import type { HubReference } from './hub-reference.ts';

export interface RefusedRequest {
  /** HTTP status, 400 or above, that a retry will not change */
  readonly status: number;
  /** the header `X-Error-Code` */
  readonly errorCode: string | undefined;
  /** base URL of the hub */
  readonly endpoint: string;
  readonly wanted: HubReference;
  /** a token was sent */
  readonly token: boolean;
}

/** Returns `access_denied`, `model_not_found`, or `bad_hub_answer` for any other status. */
export function refusedRequest(request: RefusedRequest): QuireError {
  const { status, endpoint, wanted } = request;
  if (status === 401) return unauthorized(request);
  if (status === 403) {
    const hint = `accept its conditions on ${endpoint}/${wanted.repo}, and set HF_TOKEN to a token of that account`;
    return new QuireError('access_denied', `${endpoint} restricts access to ${wanted.repo}`, hint);
  }
  if (status === 404) return notFound(request);
  return badAnswer(`${endpoint} answered ${status} for ${wanted.repo}`);
}

function unauthorized({ endpoint, wanted, token }: RefusedRequest): QuireError {
  const what = token
    ? `${endpoint} rejected the token for ${wanted.repo}`
    : `${endpoint} denies access to ${wanted.repo} without a token: it is private, gated, or does not exist`;
  const hint = token
    ? 'check that HF_TOKEN is valid and has read access to this model'
    : 'check the name; for a private or gated model, set HF_TOKEN to a token with read access';
  return new QuireError('access_denied', what, hint);
}

function notFound({ errorCode, endpoint, wanted }: RefusedRequest): QuireError {
  const { repo, revision } = wanted;
  if (errorCode === 'EntryNotFound') {
    return new QuireError(
      'model_not_found',
      `a listed file of ${repo} was not found`,
      'try again: the repository may have changed',
    );
  }
  const at = revision !== 'main' || errorCode === 'RevisionNotFound' ? ` at revision ${revision}` : '';
  const hint = `check the spelling and that ${endpoint}/${repo} exists`;
  return new QuireError('model_not_found', `${endpoint} has no model ${repo}${at}`, hint);
}
