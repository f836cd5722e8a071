import { expect, test } from 'vitest';
import type { Turn } from '../state/turn.ts';
import { nextSuggestion, STARTERS } from './starters.ts';

const starters = STARTERS.en;
const turns = (...questions: string[]): Turn[] =>
  questions.map((question, id) => ({ id, question, answer: 'x', phase: 'done', finishReason: 'stop' }));

test('nextSuggestion returns the next question of the starter that the conversation follows', () => {
  const [first, second, third] = starters[0]!;
  expect(nextSuggestion(turns(first), starters)).toBe(second);
  expect(nextSuggestion(turns(first, second!), starters)).toBe(third);
  expect(nextSuggestion(turns(first, second!, third!), starters)).toBeUndefined();
});

test('nextSuggestion returns undefined for other conversations and while an answer is generated', () => {
  const [first] = starters[0]!;
  expect(nextSuggestion([], starters)).toBeUndefined();
  expect(nextSuggestion(turns(first, 'something else'), starters)).toBeUndefined();
  expect(nextSuggestion([{ ...turns(first)[0]!, phase: 'writing' }], starters)).toBeUndefined();
});
