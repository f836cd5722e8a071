import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../completion/chat-message.ts';
import { cutMessages } from './cut-messages.ts';

const CONTEXT = 256;
const SYSTEM: ChatMessage = { role: 'system', content: 'x'.repeat(10) };

/** One token per character, and `frame` tokens around each message. */
const completer = (frame: number) => ({
  contextLength: CONTEXT,
  encodeChat: async (messages: readonly ChatMessage[]) => {
    const text = messages.map(({ content }) => content + '|'.repeat(frame)).join('');
    return { text, tokens: [...text].map((c) => c.charCodeAt(0)) };
  },
});

const cut = (messages: readonly ChatMessage[], frame = 5) =>
  cutMessages({
    completer: completer(frame),
    messages,
    maxTokens: 16,
    countTokens: async (text) => text.length,
  });

/** The messages of turn `count`: all earlier turns and a new question. */
function untilTurn(count: number): ChatMessage[] {
  const turns = Array.from({ length: count }, (_, i): ChatMessage[] => [
    { role: 'user', content: `q${i}`.padEnd(8 + (i % 5)) },
    { role: 'assistant', content: `a${i}`.padEnd(9 + (i % 3)) },
  ]);
  return [SYSTEM, ...turns.flat().slice(0, -1)];
}

describe('cutMessages', () => {
  it('does not change messages that fit', async () => {
    const { tokens, droppedMessages } = await cut(untilTurn(3));
    expect(droppedMessages).toBe(0);
    expect(tokens.length).toBe((await completer(5).encodeChat(untilTurn(3))).tokens.length);
  });

  it('cuts consecutive requests at the same message, and rarely', async () => {
    const dropped: number[] = [];
    for (let turn = 1; turn <= 60; turn++) {
      const { tokens, droppedMessages } = await cut(untilTurn(turn));
      expect(tokens.length).toBeLessThanOrEqual(CONTEXT - 16);
      expect(String.fromCharCode(...tokens.slice(0, 10))).toBe(SYSTEM.content);
      dropped.push(droppedMessages);
    }
    const cuts = dropped.filter((count, turn) => count !== (dropped[turn - 1] ?? 0)).length;
    const first = dropped.findIndex((count) => count > 0);
    expect(first).toBeGreaterThan(0);
    expect(cuts / (dropped.length - first)).toBeLessThan(0.3);
    expect(dropped.every((count, turn) => count >= (dropped[turn - 1] ?? 0) && count % 2 === 0)).toBe(true);
  });

  it('fits templates with more tokens per message than estimated', async () => {
    for (let turn = 1; turn <= 20; turn++) {
      const { tokens } = await cut(untilTurn(turn), 25);
      expect(tokens.length).toBeLessThanOrEqual(CONTEXT - 16);
    }
  });

  it('keeps system messages and the last turn, even if they do not fit', async () => {
    const long: ChatMessage = { role: 'user', content: 'y'.repeat(300) };
    const { tokens, droppedMessages } = await cut([
      ...untilTurn(3),
      { role: 'assistant', content: 'a' },
      long,
    ]);
    expect(droppedMessages).toBe(6);
    expect(tokens.length).toBe(10 + 300 + 2 * 5);
    expect((await cut([SYSTEM])).droppedMessages).toBe(0);
  });
});
