import { expect, test } from 'vitest';
import { type ContextPolicyOption, contextPolicy, DEFAULT_LOW_WATER } from './context-policy.ts';
import { createConversation } from './conversation.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import type { ConversationOptions } from './conversation-types.ts';
import { type NewConversation, newRecord } from './live-conversation.ts';

const completer = {
  encodeChat: () => {},
  completeTokens: () => {},
  contextLength: 8,
} as unknown as ConversationCompleter;
const codeAndHint = (code: string, hint: string) => expect.objectContaining({ code, hint });

test('createConversation and newRecord reject an unknown option instead of passing it to the template', () => {
  const unknownOption = codeAndHint('unknown_option', 'did you mean system?');
  const misspelled = { sytem: 'Be brief.' } as ConversationOptions;
  expect(() => createConversation(completer, misspelled)).toThrow(unknownOption);
  expect(() => newRecord('ada', misspelled as NewConversation)).toThrow(unknownOption);
});

test('a text, engine or owner of the wrong type is rejected before anything is created', async () => {
  const notAString = codeAndHint('bad_option', 'pass a string');
  expect(() => createConversation(completer, { system: 3 } as unknown as ConversationOptions)).toThrow(
    notAString,
  );
  expect(() => newRecord(undefined as unknown as string, {})).toThrow(notAString);
  await expect(createConversation(completer).send(3 as unknown as string).result).rejects.toThrow(notAString);
  const notAnEngine = codeAndHint('bad_option', 'pass the result of `await loadEngine()`');
  expect(() => createConversation(Promise.resolve(completer) as unknown as ConversationCompleter)).toThrow(
    notAnEngine,
  );
});

test('`lowWater` of a context policy is optional', () => {
  const truncate: ContextPolicyOption = { kind: 'truncate' };
  expect(contextPolicy(truncate)).toEqual({ kind: 'truncate', lowWater: DEFAULT_LOW_WATER });
  const unknownPolicy = codeAndHint('bad_option', 'use one of error, truncate');
  expect(() => contextPolicy('trunc' as ContextPolicyOption)).toThrow(unknownPolicy);
});

test('`regenerate` rejects when the conversation has no answer', async () => {
  const noAnswer = codeAndHint('not_found', 'send a message first');
  await expect(createConversation(completer).regenerate().result).rejects.toThrow(noAnswer);
});
