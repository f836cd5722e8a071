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

test('an unknown option of a conversation is refused, and not taken for one of its template', () => {
  const refused = codeAndHint('unknown_option', 'did you mean system?');
  const wrong = { sytem: 'Be brief.' } as ConversationOptions;
  expect(() => createConversation(completer, wrong)).toThrow(refused);
  expect(() => newRecord('ada', wrong as NewConversation)).toThrow(refused);
});

test('what is no text, no engine or no owner is refused before anything is made of it', async () => {
  const text = codeAndHint('bad_option', 'pass a string');
  expect(() => createConversation(completer, { system: 3 } as unknown as ConversationOptions)).toThrow(text);
  expect(() => newRecord(undefined as unknown as string, {})).toThrow(text);
  await expect(createConversation(completer).send(3 as unknown as string).result).rejects.toThrow(text);
  const engine = codeAndHint('bad_option', 'give what `await loadEngine()` returns');
  expect(() => createConversation(Promise.resolve(completer) as unknown as ConversationCompleter)).toThrow(
    engine,
  );
});

test('a policy may leave its low-water mark out', () => {
  const truncate: ContextPolicyOption = { kind: 'truncate' };
  expect(contextPolicy(truncate)).toEqual({ kind: 'truncate', lowWater: LOW_WATER });
  const unknown = codeAndHint('bad_option', 'use one of error, truncate');
  expect(() => contextPolicy('trunc' as ContextPolicyOption)).toThrow(unknown);
});

test('to answer again where nothing was said yet, something must be said first', async () => {
  const refused = codeAndHint('not_found', 'send a message first');
  await expect(createConversation(completer).regenerate().result).rejects.toThrow(refused);
});
