import { expect, test } from 'vitest';
import { samplingParameters } from './parameters.ts';
import { selectionError } from './selection-error.ts';

const SEQUENCE = { tokens: Int32Array.of(5, 6, 1), promptLength: 2 };

test('selectionError reports the position and the number of tokens that each option forbids', () => {
  const parameters = samplingParameters({
    logitBias: { 0: 1, 3: Number.NEGATIVE_INFINITY, 4: Number.NEGATIVE_INFINITY },
    badTokens: [[1, 2], [2], [9, 9]],
    minTokens: 2,
    stopTokens: [7],
  });
  expect(selectionError('no_token_allowed', parameters, SEQUENCE).line).toBe(
    'no_token_allowed: every token is forbidden as token 2 of the answer, ' +
      '2 by logitBias, 1 by badWords and badTokens, 1 by minTokens; forbid fewer tokens',
  );
});

test('selectionError reports that the weights may be damaged if logits are not finite', () => {
  expect(selectionError('bad_logits', samplingParameters({}), SEQUENCE)).toMatchObject({
    code: 'bad_logits',
    hint: expect.stringContaining('weights'),
  });
});
