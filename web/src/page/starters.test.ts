import { expect, test } from 'vitest';
import type { Turn } from '../state/turn.ts';
import { nextSuggestion, STARTERS } from './starters.ts';

const starters = STARTERS.en;
const turns = (...questions: string[]): Turn[] =>
  questions.map((question, id) => ({ id, question, answer: 'x', phase: 'done', finishReason: 'stop' }));

test('a conversation that follows a starter gets its next question as suggestion', () => {
  const [first, second, third] = starters[0]!;
  expect(nextSuggestion(turns(first), starters)).toBe(second);
  expect(nextSuggestion(turns(first, second!), starters)).toBe(third);
  expect(nextSuggestion(turns(first, second!, third!), starters)).toBeUndefined();
});

test('there is no suggestion in other conversations or while an answer runs', () => {
  const [first] = starters[0]!;
  expect(nextSuggestion([], starters)).toBeUndefined();
  expect(nextSuggestion(turns(first, 'something else'), starters)).toBeUndefined();
  expect(nextSuggestion([{ ...turns(first)[0]!, phase: 'writing' }], starters)).toBeUndefined();
});
