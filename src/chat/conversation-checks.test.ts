import { expect, test } from 'vitest';
import { type ContextPolicyOption, contextPolicy, LOW_WATER } from './context-policy.ts';
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

test('an unknown option of a conversation is rejected and not passed to its template', () => {
  const refused = codeAndHint('unknown_option', 'did you mean system?');
  const wrong = { sytem: 'Be brief.' } as ConversationOptions;
  expect(() => createConversation(completer, wrong)).toThrow(refused);
  expect(() => newRecord('ada', wrong as NewConversation)).toThrow(refused);
});

test('a wrong type of text, engine or owner is rejected before anything is created', async () => {
  const text = codeAndHint('bad_option', 'pass a string');
  expect(() => createConversation(completer, { system: 3 } as unknown as ConversationOptions)).toThrow(text);
  expect(() => newRecord(undefined as unknown as string, {})).toThrow(text);
  await expect(createConversation(completer).send(3 as unknown as string).result).rejects.toThrow(text);
  const engine = codeAndHint('bad_option', 'pass the result of `await loadEngine()`');
  expect(() => createConversation(Promise.resolve(completer) as unknown as ConversationCompleter)).toThrow(
    engine,
  );
});

test('the low-water mark of a policy is optional', () => {
  const truncate: ContextPolicyOption = { kind: 'truncate' };
  expect(contextPolicy(truncate)).toEqual({ kind: 'truncate', lowWater: LOW_WATER });
  const unknown = codeAndHint('bad_option', 'use one of error, truncate');
  expect(() => contextPolicy('trunc' as ContextPolicyOption)).toThrow(unknown);
});

test('regenerate requires an answer', async () => {
  const refused = codeAndHint('not_found', 'send a message first');
  await expect(createConversation(completer).regenerate().result).rejects.toThrow(refused);
});
