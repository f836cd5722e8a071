import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { availableMemory } from './available-memory.ts';

test('availableMemory returns a positive number that is at most the total memory', () => {
  expect(availableMemory()).toBeGreaterThan(0);
  expect(availableMemory()).toBeLessThanOrEqual(totalmem());
});
