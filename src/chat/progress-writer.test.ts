// Tests that a failing answer or store does not affect other answers and causes no unhandled rejection.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AnswerProgress, ConversationStore } from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';
import { ProgressWriter } from './progress-writer.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const createAnswer = (id: string, tokens: number[]): MessageNode => ({
  id,
  parent: 'u',
  role: 'assistant',
  content: '',
  state: 'running',
  model: undefined,
  keptTokens: 0,
  keptText: 0,
  tokens,
  rendered: '',
  droppedMessages: 0,
  createdAt: 0,
});

function createWriter(
  progress: (answers: readonly AnswerProgress[]) => Promise<void>,
): [ProgressWriter, unknown[]] {
  const failures: unknown[] = [];
  const store = { progress } as Partial<ConversationStore> as ConversationStore;
  return [new ProgressWriter(store, (error) => failures.push(error)), failures];
}

test('ProgressWriter writes the other answers if the callback of one answer throws', async () => {
  const writtenTexts: string[] = [];
  const [writer, failures] = createWriter(async (answers) => {
    writtenTexts.push(...answers.map(({ id }) => id));
  });
  writer.watch(createAnswer('bad', []), () => {
    throw new Error('gone');
  });
  writer.watch(createAnswer('good', []), () => createAnswer('good', [1]));
  await vi.advanceTimersByTimeAsync(1000);
  expect([writtenTexts, failures.length > 0]).toEqual([['good'], true]);
  await writer.stop('bad');
  await writer.stop('good');
});

test('ProgressWriter reports an error of the store and retries', async () => {
  let calls = 0;
  const [writer, failures] = createWriter(() => {
    calls++;
    throw new Error('closed');
  });
  let tokens = 0;
  writer.watch(createAnswer('a', []), () =>
    createAnswer(
      'a',
      Array.from({ length: ++tokens }, () => 1),
    ),
  );
  await vi.advanceTimersByTimeAsync(1600);
  expect(calls).toBeGreaterThan(1);
  expect(failures).toHaveLength(calls);
  await writer.stop('a');
});
