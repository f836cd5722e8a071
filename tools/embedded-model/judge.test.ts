import { describe, expect, it, test } from 'vitest';
import { judge, matchingCall } from './judge.ts';

describe('`judge`', () => {
  it('returns undefined for a turn without checks', () => {
    expect(judge({ user: 'Hi' }, 'Hello!')).toBeUndefined();
  });

  it('requires one alternative of each group and ignores case', () => {
    const turn = { user: '', all: [['K2', 'Qogir'], ['second']] };
    expect(judge(turn, 'The SECOND highest mountain is k2.')).toBe(true);
    expect(judge(turn, 'It is K2.')).toBe(false);
  });

  it('returns false for an answer that contains a forbidden text', () => {
    expect(judge({ user: '', none: ['Everest'] }, 'Mount Everest.')).toBe(false);
  });

  it('checks refusals and exact answers, and treats curly apostrophes as straight ones', () => {
    expect(judge({ user: '', refuse: true }, 'I don’t know that.')).toBe(true);
    expect(judge({ user: '', refuse: true }, 'Paris.')).toBe(false);
    expect(judge({ user: '', exact: ['A.', 'B.'] }, 'B. ')).toBe(true);
    expect(judge({ user: '', exact: 'A.' }, 'A. Really.')).toBe(false);
  });
});

const CALL = {
  name: 'remind',
  arguments: { what: ['buy milk', 'to buy milk'], when: ['at 5'] },
  result: 'done',
};

test.each<[string, unknown, boolean]>([
  ['an accepted value of each parameter', { what: 'to buy milk', when: 'at 5' }, true],
  ['white space around a value', { what: ' buy milk', when: 'at 5' }, true],
  ['another value', { what: 'buy bread', when: 'at 5' }, false],
  ['a missing parameter', { what: 'buy milk' }, false],
  ['one parameter too many', { what: 'buy milk', when: 'at 5', where: 'here' }, false],
  ['a value that is no string', { what: 'buy milk', when: 5 }, false],
  ['no object', 'buy milk', false],
])('matchingCall: %s', (_, given, matches) => {
  expect(matchingCall([CALL], { name: 'remind', arguments: given }) === CALL).toBe(matches);
  expect(matchingCall([CALL], { name: 'weather', arguments: given })).toBeUndefined();
});

test('matchingCall compares expressions without spaces and with either sign of multiplication', () => {
  const call = { name: 'calculate', arguments: { expression: ['12 * (3 + 4)'] }, result: 84 };
  for (const expression of ['12*(3+4)', '12 × (3 + 4)', '12x(3+4)'])
    expect(matchingCall([call], { name: 'calculate', arguments: { expression } })).toBe(call);
  for (const expression of ['12 * (4 + 3)', '12 / (3 + 4)', '84'])
    expect(matchingCall([call], { name: 'calculate', arguments: { expression } })).toBeUndefined();
});
