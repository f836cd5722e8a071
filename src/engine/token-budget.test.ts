import { expect, test } from 'vitest';
import { TokenBudget } from './token-budget.ts';

test('TokenBudget starts with 8 tokens, or with a maximum of fewer tokens', () => {
  expect(new TokenBudget(256, 100).tokens).toBe(8);
  expect(new TokenBudget(3, 100).tokens).toBe(3);
});

test('TokenBudget adapts until a step takes the target duration', () => {
  const budget = new TokenBudget(256, 100);
  for (let i = 0; i < 30; i++) budget.observe(budget.tokens, budget.tokens * 10);
  expect(budget.tokens).toBeGreaterThanOrEqual(9);
  expect(budget.tokens).toBeLessThanOrEqual(10);
  const longerSteps = new TokenBudget(256, 400);
  for (let i = 0; i < 30; i++) longerSteps.observe(longerSteps.tokens, longerSteps.tokens * 4);
  expect(longerSteps.tokens).toBe(96);
});

test('budgets of at least 16 tokens are multiples of 16, and still grow', () => {
  const budget = new TokenBudget(256, 100);
  for (let i = 0; i < 30; i++) budget.observe(budget.tokens, budget.tokens * 4);
  expect(budget.tokens).toBe(16);
  for (let i = 0; i < 30; i++) budget.observe(budget.tokens, budget.tokens);
  expect(budget.tokens).toBe(96);
});

test('TokenBudget stays between one token and the maximum', () => {
  const budget = new TokenBudget(64, 100);
  budget.observe(1, 60_000);
  expect(budget.tokens).toBe(1);
  for (let i = 0; i < 60; i++) budget.observe(64, 0);
  expect(budget.tokens).toBe(64);
});

test('decode steps do not reduce the TokenBudget', () => {
  const budget = new TokenBudget(256, 100);
  for (let i = 0; i < 10; i++) budget.observe(budget.tokens, budget.tokens * 2);
  const tokensBefore = budget.tokens;
  for (let i = 0; i < 100; i++) budget.observe(1, 10);
  expect(budget.tokens).toBe(tokensBefore);
});

test('a step with few tokens may take longer, so that a slow model does not read its weights for a few tokens', () => {
  // `readMs` is the time to read the weights
  const settle = (budget: TokenBudget, readMs: number, msPerToken: number): number => {
    for (let i = 0; i < 30; i++) budget.observe(budget.tokens, readMs + budget.tokens * msPerToken);
    return budget.tokens;
  };
  const longer = { tokens: 32, ms: 1000 };
  expect(settle(new TokenBudget(256, 400), 300, 10)).toBeLessThan(16);
  expect(settle(new TokenBudget(256, 400, longer), 300, 10)).toBe(32);
  expect(settle(new TokenBudget(256, 400, longer), 100, 2)).toBeGreaterThan(32);
  expect(settle(new TokenBudget(256, 400, longer), 300, 100)).toBeLessThan(8);
});
