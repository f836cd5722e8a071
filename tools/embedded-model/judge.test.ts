import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';

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
