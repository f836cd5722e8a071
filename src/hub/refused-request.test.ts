import { expect, test } from 'vitest';
import { parseHubReference } from './hub-reference.ts';
import { refusedRequestError } from './refused-request.ts';

const errorFor = (
  status: number,
  options: { tokenSent?: boolean; errorCode?: string; reference?: string } = {},
) =>
  refusedRequestError({
    status,
    errorCode: options.errorCode,
    endpoint: 'https://hub.example',
    reference: parseHubReference(options.reference ?? 'hf:owner/repo'),
    tokenSent: options.tokenSent ?? false,
  });

test.each([
  [401, {}, 'access_denied', /without a token.*private, gated, or does not exist; check the name.*HF_TOKEN/],
  [401, { tokenSent: true }, 'access_denied', /rejected the token.*HF_TOKEN is valid/],
  [403, { tokenSent: true }, 'access_denied', /conditions on https:\/\/hub\.example\/owner\/repo.*HF_TOKEN/],
  [404, {}, 'model_not_found', /no model owner\/repo; check the spelling/],
  [404, { reference: 'hf:owner/repo@v2' }, 'model_not_found', /owner\/repo at revision v2/],
  [404, { errorCode: 'RevisionNotFound' }, 'model_not_found', /at revision main/],
  [404, { errorCode: 'EntryNotFound' }, 'model_not_found', /file .*was not found/],
  [418, {}, 'bad_hub_answer', /responded with 418.*HF_ENDPOINT/],
])('status %d with %j is converted to an error with a hint', (status, options, code, line) => {
  expect(errorFor(status, options)).toMatchObject({ code, line: expect.stringMatching(line) });
});
