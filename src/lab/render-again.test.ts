import { expect, test } from 'vitest';
import { labResult } from '../../tests/support/lab-result.ts';
import { renderAgain } from './render-again.ts';

const turn = { promptTokens: 2, cachedTokens: 1, diskTokens: 0, ttftMs: [1] };
const chats = { none: [turn], reuse: [turn], restart: [turn], rewritten: [turn] };
const equal = { none: true, reuse: true, restart: true, rewritten: true };
const values = { turns: 1, questionTokens: 1, answerTokens: 1, thoughtTokens: 1, equal, chats };

test('renderAgain does not change the data of a result or the order of its keys', () => {
  const saved = labResult({
    experiment: 'turns',
    data: { version: 1, values: Object.fromEntries(Object.entries(values).toReversed()) },
  });
  expect(JSON.stringify(renderAgain(saved, 'turns.json').data)).toBe(JSON.stringify(saved.data));
});

test('renderAgain rejects data that yields NaN, such as the quotient of zeros', () => {
  const timing = {
    msPerToken: [0],
    ttftMs: [0],
    totalMs: [0],
    reservedBytes: 0,
    usedBytes: 0,
    wastedBytes: 0,
  };
  const timings = { none: timing, contiguous: timing, paged: timing };
  const points = [1, 2].map((length) => ({ length, timings }));
  const saved = labResult({
    data: { version: 1, values: { answerTokens: 0, timedTokens: 0, answers: [], points } },
  });
  expect(() => renderAgain(saved, 'modes.json')).toThrow(
    /modes\.json .* its data is inconsistent \(it yields NaN\)/,
  );
});
