import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../completion/chat-message.ts';
import { truncateMessages } from './truncate-messages.ts';

const CONTEXT = 256;
const SYSTEM: ChatMessage = { role: 'system', content: 'x'.repeat(10) };

/** Creates a completer with one token per character, which adds `templateTokens` tokens to each message. */
const createCompleter = (templateTokens: number) => ({
  contextLength: CONTEXT,
  encodeChat: async (messages: readonly ChatMessage[]) => {
    const text = messages.map(({ content }) => content + '|'.repeat(templateTokens)).join('');
    return { text, tokens: [...text].map((c) => c.charCodeAt(0)) };
  },
});

const truncate = (messages: readonly ChatMessage[], templateTokens = 5) =>
  truncateMessages({
    completer: createCompleter(templateTokens),
    messages,
    maxTokens: 16,
    countTokens: async (text) => text.length,
  });

/** Returns the messages of the request of turn `count`: all earlier turns and a new question. */
function messagesOfTurn(count: number): ChatMessage[] {
  const turns = Array.from({ length: count }, (_, i): ChatMessage[] => [
    { role: 'user', content: `q${i}`.padEnd(8 + (i % 5)) },
    { role: 'assistant', content: `a${i}`.padEnd(9 + (i % 3)) },
  ]);
  return [SYSTEM, ...turns.flat().slice(0, -1)];
}

describe('truncateMessages', () => {
  it('does not change messages that fit', async () => {
    const { tokens, droppedMessages } = await truncate(messagesOfTurn(3));
    expect(droppedMessages).toBe(0);
    expect(tokens.length).toBe((await createCompleter(5).encodeChat(messagesOfTurn(3))).tokens.length);
  });

  it('drops the same messages from most consecutive requests', async () => {
    const droppedCounts: number[] = [];
    for (let turn = 1; turn <= 60; turn++) {
      const { tokens, droppedMessages } = await truncate(messagesOfTurn(turn));
      expect(tokens.length).toBeLessThanOrEqual(CONTEXT - 16);
      expect(String.fromCharCode(...tokens.slice(0, 10))).toBe(SYSTEM.content);
      droppedCounts.push(droppedMessages);
    }
    const truncations = droppedCounts.filter(
      (count, turn) => count !== (droppedCounts[turn - 1] ?? 0),
    ).length;
    const first = droppedCounts.findIndex((count) => count > 0);
    expect(first).toBeGreaterThan(0);
    expect(truncations / (droppedCounts.length - first)).toBeLessThan(0.3);
    expect(
      droppedCounts.every((count, turn) => count >= (droppedCounts[turn - 1] ?? 0) && count % 2 === 0),
    ).toBe(true);
  });

  it('returns a prompt that fits even if the template adds more tokens than estimated', async () => {
    for (let turn = 1; turn <= 20; turn++) {
      const { tokens } = await truncate(messagesOfTurn(turn), 25);
      expect(tokens.length).toBeLessThanOrEqual(CONTEXT - 16);
    }
  });

  it('keeps system messages and the last turn, even if they do not fit', async () => {
    const longMessage: ChatMessage = { role: 'user', content: 'y'.repeat(300) };
    const { tokens, droppedMessages } = await truncate([
      ...messagesOfTurn(3),
      { role: 'assistant', content: 'a' },
      longMessage,
    ]);
    expect(droppedMessages).toBe(6);
    expect(tokens.length).toBe(10 + 300 + 2 * 5);
    expect((await truncate([SYSTEM])).droppedMessages).toBe(0);
  });
});
