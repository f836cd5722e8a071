// Tests conversations without an engine, with a completer that has one token per character.

import { describe, expect, test } from 'vitest';
import { CharacterCompleter, textOf } from '../../tests/support/chat/character-completer.ts';
import { QuireError } from '../base/errors.ts';
import { createConversation } from './conversation.ts';

test('the next prompt is the previous prompt followed by the sampled ids and the new message', async () => {
  const completer = new CharacterCompleter('Hi', 'Fine');
  const conversation = createConversation(completer, { system: 'Be kind.' });
  await conversation.send('Hello').result;
  await conversation.send('How are you?').result;
  expect(completer.prompts).toEqual([
    '<s>Be kind.|<u>Hello|<a>',
    '<s>Be kind.|<u>Hello|<a>Hi|<u>How are you?|<a>',
  ]);
});

test('`messages` lists roles and texts, and the tokens of all messages form the history', async () => {
  const conversation = createConversation(new CharacterCompleter('Hi', 'Fine'));
  await conversation.send('Hello').result;
  await conversation.send('Well?').result;
  expect(conversation.messages.map(({ role, content }) => [role, content])).toEqual([
    ['user', 'Hello'],
    ['assistant', 'Hi'],
    ['user', 'Well?'],
    ['assistant', 'Fine'],
  ]);
  const tokens = conversation.messages.flatMap((message) => message.tokens);
  expect(textOf(tokens)).toBe('<u>Hello|<a>Hi|<u>Well?|<a>Fine|');
  expect(conversation.tokenCount).toBe(tokens.length);
});

test('in every turn, the template receives only the messages and the options of the conversation', async () => {
  const completer = new CharacterCompleter('Hi', 'Fine');
  const options = { tools: [{ name: 'f' }], templateOptions: { enable_thinking: false } };
  const conversation = createConversation(completer, { system: 'Be kind.', ...options });
  await conversation.send('Hello').result;
  await conversation.send('Well?').result;
  expect(completer.encodeCalls.map((call) => call.options)).toEqual([options, options]);
  expect(completer.encodeCalls[1]?.messages).toEqual([
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: 'Well?' },
  ]);
});

describe('a turn', () => {
  test('streams the pieces of the answer', async () => {
    const pieces: string[] = [];
    for await (const piece of createConversation(new CharacterCompleter('Hi')).send('Hello'))
      pieces.push(piece);
    expect(pieces.join('')).toBe('Hi');
  });

  test('is rejected while another turn is running', async () => {
    let finishAnswer: (text: string) => void = () => {};
    const pendingAnswer = new Promise<string>((settle) => {
      finishAnswer = settle;
    });
    const conversation = createConversation(new CharacterCompleter(pendingAnswer, 'second'));
    const first = conversation.send('one');
    await expect(conversation.send('two').result).rejects.toMatchObject({ code: 'conversation_busy' });
    finishAnswer('first');
    await first.result;
    expect((await conversation.send('two').result).text).toBe('second');
  });

  test.each([
    ['fails', new QuireError('backend_failed', 'message', 'hint')],
    ['generates no token', ''],
  ])('that %s does not change the history or the next turn', async (_name, answer) => {
    const conversation = createConversation(new CharacterCompleter('Hi', answer, 'Fine'));
    await conversation.send('Hello').result;
    const before = conversation.tokenCount;
    const failed = conversation.send('lost').result;
    if (answer instanceof Error) await expect(failed).rejects.toBe(answer);
    else await failed;
    expect([conversation.messages.length, conversation.tokenCount]).toEqual([2, before]);
    await conversation.send('Well?').result;
    expect(conversation.messages.at(-1)?.content).toBe('Fine');
  });
});
