// Tests branches and context policies of a conversation with a completer that has one token per character.

import { describe, expect, test } from 'vitest';
import { CharacterCompleter, textOf } from '../../tests/support/chat/character-completer.ts';
import { createConversation } from './conversation.ts';
import type { ChatResult } from './conversation-types.ts';

const contents = (messages: readonly { content: string }[]): string[] =>
  messages.map(({ content }) => content);

describe('branches of a conversation', () => {
  test('a regenerated answer is a sibling of the first answer and has the same prompt', async () => {
    const completer = new CharacterCompleter('Hi', 'Hello', 'Fine');
    const conversation = createConversation(completer);
    const first = await conversation.send('One').result;
    const second = await conversation.regenerate().result;
    expect(completer.prompts).toEqual(['<u>One|<a>', '<u>One|<a>']);
    expect(second.messages?.user).toBe(first.messages?.user);
    expect(contents(conversation.tree.children(first.messages?.user))).toEqual(['Hi', 'Hello']);
    await conversation.send('Two').result;
    expect(completer.prompts.at(-1)).toBe('<u>One|<a>Hello|<u>Two|<a>');
  });

  test('an edited message starts a branch that shares the preceding messages', async () => {
    const completer = new CharacterCompleter('Hi', 'Fine', 'Well');
    const conversation = createConversation(completer, { system: 'S' });
    await conversation.send('One').result;
    const { messages } = await conversation.send('Two').result;
    await conversation.edit(messages!.user, 'Three').result;
    expect(contents(conversation.messages)).toEqual(['S', 'One', 'Hi', 'Three', 'Well']);
    expect(completer.prompts.at(-1)).toBe('<s>S|<u>One|<a>Hi|<u>Three|<a>');
    conversation.select(messages!.user);
    expect(contents(conversation.messages)).toEqual(['S', 'One', 'Hi', 'Two', 'Fine']);
    expect(textOf(conversation.tree.history(conversation.head).tokens)).toBe(
      '<s>S|<u>One|<a>Hi|<u>Two|<a>Fine|',
    );
  });

  test('the first message can be edited', async () => {
    const conversation = createConversation(new CharacterCompleter('Hi', 'Well'));
    const { messages } = await conversation.send('One').result;
    await conversation.edit(messages!.user, 'Two').result;
    expect(contents(conversation.messages)).toEqual(['Two', 'Well']);
    expect(conversation.tree.children(undefined)).toHaveLength(2);
  });

  test.each([
    ['regenerate', 'user'],
    ['edit', 'assistant'],
  ] as const)(
    '`%s` rejects the id of a message with the role %s, and an unknown id',
    async (method, role) => {
      const conversation = createConversation(new CharacterCompleter('Hi'));
      const { messages } = await conversation.send('One').result;
      const run = (id: string) =>
        method === 'edit' ? conversation.edit(id, 'x') : conversation.regenerate(id);
      await expect(run(messages![role]).result).rejects.toMatchObject({ code: 'bad_option' });
      await expect(run('nobody').result).rejects.toMatchObject({ code: 'not_found' });
      expect(conversation.busy).toBe(false);
    },
  );

  test('a failed answer creates no branch', async () => {
    const conversation = createConversation(new CharacterCompleter('Hi', new Error('lost'), 'Well'));
    await conversation.send('One').result;
    await expect(conversation.regenerate().result).rejects.toThrow('lost');
    expect(conversation.tree.nodes).toHaveLength(2);
    await conversation.regenerate().result;
    expect(contents(conversation.messages)).toEqual(['One', 'Well']);
  });

  test('a fork does not contain later turns of the original conversation', async () => {
    const conversation = createConversation(new CharacterCompleter('Hi', 'Well', 'Far'));
    await conversation.send('One').result;
    const fork = conversation.fork();
    await conversation.send('Two').result;
    await fork.send('Three').result;
    expect(contents(fork.messages)).toEqual(['One', 'Hi', 'Three', 'Far']);
    expect(contents(conversation.messages)).toEqual(['One', 'Hi', 'Two', 'Well']);
  });
});

describe('a conversation whose model changes', () => {
  test('starts a new token history and reports the change', async () => {
    const completer = new CharacterCompleter('Hi', 'Well', 'Fine');
    const conversation = createConversation(completer);
    await conversation.send('One').result;
    completer.identity = 'characters#2';
    const { context } = await conversation.send('Two').result;
    expect(context.modelChanged).toEqual({ from: 'characters#1', to: 'characters#2' });
    expect(conversation.tree.path(conversation.head)[2]).toMatchObject({
      keptTokens: 0,
      model: 'characters#2',
    });
    expect((await conversation.send('Three').result).context.modelChanged).toBeUndefined();
  });

  test('can regenerate an answer of the first model', async () => {
    const completer = new CharacterCompleter('Hi', 'Well', 'Fine');
    const conversation = createConversation(completer);
    await conversation.send('One').result;
    completer.identity = 'characters#2';
    await conversation.regenerate().result;
    const { text, tokens } = conversation.tree.history(conversation.head);
    expect([text, textOf(tokens)]).toEqual(['<u>One|<a>Well|', '<u>One|<a>Well|']);
    await conversation.send('Two').result;
    expect(completer.prompts.at(-1)).toBe('<u>One|<a>Well|<u>Two|<a>');
  });
});

describe('the context policy', () => {
  const runLongConversation = async (
    turns: number,
    policy: 'error' | 'truncate',
  ): Promise<[CharacterCompleter, ChatResult[]]> => {
    const completer = new CharacterCompleter(...Array.from({ length: turns }, (_, i) => `answer ${i}`));
    completer.contextLength = 200;
    const conversation = createConversation(completer, { system: 'Be kind.', contextPolicy: policy });
    const results: ChatResult[] = [];
    for (let i = 0; i < turns; i++) results.push(await conversation.send(`turn ${i}`).result);
    return [completer, results];
  };

  test('`truncate` drops whole turns, keeps the system message and reports the dropped messages', async () => {
    const [completer, results] = await runLongConversation(40, 'truncate');
    let droppedCount = 0;
    for (const [i, { context }] of results.entries()) {
      droppedCount += context.newlyDropped.messages;
      expect(context.droppedMessages).toBe(droppedCount);
      const prompt = completer.prompts[i]!;
      expect(prompt).toMatch(new RegExp(`^<s>Be kind\\.\\|<u>turn ${droppedCount / 2}\\|`));
      expect(prompt.endsWith(`<u>turn ${i}|<a>`)).toBe(true);
      expect(prompt.length).toBeLessThanOrEqual(200 - 25);
    }
    expect(droppedCount).toBeGreaterThan(40);
  });

  test('most prompts after the first truncation extend the previous prompt', async () => {
    const [{ prompts }, results] = await runLongConversation(40, 'truncate');
    const first = results.findIndex(({ context }) => context.droppedMessages > 0);
    const extending = prompts.slice(first).filter((prompt, i) => prompt.startsWith(prompts[first + i - 1]!));
    expect(extending.length / (prompts.length - first)).toBeGreaterThan(0.6);
  });

  test('dropped messages remain in the conversation', async () => {
    const completer = new CharacterCompleter('a'.repeat(60), 'b'.repeat(60), 'c');
    completer.contextLength = 160;
    const conversation = createConversation(completer, {
      contextPolicy: { kind: 'truncate', lowWater: 0.4 },
    });
    await conversation.send('1').result;
    await conversation.send('2').result;
    const { context } = await conversation.send('3').result;
    expect(context).toEqual({
      policy: 'truncate',
      droppedMessages: 4,
      newlyDropped: { messages: 4, tokens: 2 * '<u>1|<a>'.length + 2 * 61 },
    });
    expect(conversation.messages).toHaveLength(6);
  });

  test('the policy `error` passes all messages to the completer', async () => {
    const [, results] = await runLongConversation(3, 'error');
    expect(results.at(-1)?.context).toEqual({
      policy: 'error',
      droppedMessages: 0,
      newlyDropped: { messages: 0, tokens: 0 },
    });
  });

  test.each([{ kind: 'forget' }, { kind: 'truncate', lowWater: 1 }, 'drop'])(
    'the policy %o is rejected',
    (contextPolicy) => {
      expect(() =>
        createConversation(new CharacterCompleter(), { contextPolicy: contextPolicy as 'error' }),
      ).toThrow(expect.objectContaining({ code: 'bad_option' }));
    },
  );
});
