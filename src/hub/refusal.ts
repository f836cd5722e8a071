// What a hub's refusal means, and what somebody can do about it. A hub that is asked without a token answers
// 401 for a model that does not exist too, so that names of private ones cannot be guessed.

import { QuireError } from '../base/errors.ts';
import { badAnswer } from './bad-answer.ts';
import type { HubReference } from './hub-reference.ts';

export interface Refused {
  /** HTTP status, 400 or above, and none that is worth another try */
  readonly status: number;
  /** the header `X-Error-Code` */
  readonly errorCode: string | undefined;
  /** the hub's address */
  readonly endpoint: string;
  readonly wanted: HubReference;
  /** a token was sent */
  readonly token: boolean;
}

/** `access_denied`, `model_not_found`, or `bad_hub_answer` for what no hub should answer. */
export function refusal(refused: Refused): QuireError {
  const { status, endpoint, wanted } = refused;
  if (status === 401) return unauthorized(refused);
  if (status === 403) {
    const hint = `accept its conditions on ${endpoint}/${wanted.repo}, and set HF_TOKEN to a token of that account`;
    return new QuireError('access_denied', `${endpoint} restricts access to ${wanted.repo}`, hint);
  }
  if (status === 404) return notFound(refused);
  return badAnswer(`${endpoint} answered ${status} for ${wanted.repo}`);
}

function unauthorized({ endpoint, wanted, token }: Refused): QuireError {
  const what = token
    ? `${endpoint} does not accept the token for ${wanted.repo}`
    : `${endpoint} shows no ${wanted.repo} without a token: it is private, gated, or does not exist`;
  const hint = token
    ? 'check that HF_TOKEN is valid and may read this model'
    : 'check the name; for a private or gated model set HF_TOKEN to a token that may read it';
  return new QuireError('access_denied', what, hint);
}

function notFound({ errorCode, endpoint, wanted }: Refused): QuireError {
  const { repo, revision } = wanted;
  if (errorCode === 'EntryNotFound') {
    return new QuireError('model_not_found', `a listed file of ${repo} is gone`, 'try again');
  }
  const at = revision !== 'main' || errorCode === 'RevisionNotFound' ? ` at revision ${revision}` : '';
  const hint = `check the spelling, and that ${endpoint}/${repo} exists`;
  return new QuireError('model_not_found', `${endpoint} has no model ${repo}${at}`, hint);
}
