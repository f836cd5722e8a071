import { expect, test } from 'vitest';
import { parseHubReference } from './hub-reference.ts';
import { refusedRequest } from './refused-request.ts';

const errorFor = (status: number, more: { token?: boolean; errorCode?: string; reference?: string } = {}) =>
  refusedRequest({
    status,
    errorCode: more.errorCode,
    endpoint: 'https://hub.example',
    wanted: parseHubReference(more.reference ?? 'hf:owner/repo'),
    token: more.token ?? false,
  });

test.each([
  [401, {}, 'access_denied', /without a token.*private, gated, or does not exist; check the name.*HF_TOKEN/],
  [401, { token: true }, 'access_denied', /rejected the token.*HF_TOKEN is valid/],
  [403, { token: true }, 'access_denied', /conditions on https:\/\/hub\.example\/owner\/repo.*HF_TOKEN/],
  [404, {}, 'model_not_found', /no model owner\/repo; check the spelling/],
  [404, { reference: 'hf:owner/repo@v2' }, 'model_not_found', /owner\/repo at revision v2/],
  [404, { errorCode: 'RevisionNotFound' }, 'model_not_found', /at revision main/],
  [404, { errorCode: 'EntryNotFound' }, 'model_not_found', /file .*was not found/],
  [418, {}, 'bad_hub_answer', /answered 418.*HF_ENDPOINT/],
])('status %d with %j gives the error and its hint', (status, more, code, line) => {
  expect(errorFor(status, more)).toMatchObject({ code, line: expect.stringMatching(line) });
});
