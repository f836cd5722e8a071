import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';

describe('judge', () => {
  it('leaves a turn without checks unjudged', () => {
    expect(judge({ user: 'Hi' }, 'Hello!')).toBeUndefined();
  });

  it('wants one alternative of every group, in any case', () => {
    const turn = { user: '', all: [['K2', 'Qogir'], ['second']] };
    expect(judge(turn, 'The SECOND highest mountain is k2.')).toBe(true);
    expect(judge(turn, 'It is K2.')).toBe(false);
  });

  it('fails an answer that holds what must not occur', () => {
    expect(judge({ user: '', none: ['Everest'] }, 'Mount Everest.')).toBe(false);
  });

  it('takes a curly apostrophe for a straight one, and a refusal where none was due for wrong', () => {
    expect(judge({ user: '', refuse: true }, 'I don’t know that.')).toBe(true);
    expect(judge({ user: '', refuse: true }, 'Paris.')).toBe(false);
    expect(judge({ user: '', exact: ['A.', 'B.'] }, 'B. ')).toBe(true);
    expect(judge({ user: '', exact: 'A.' }, 'A. Really.')).toBe(false);
  });
});
