import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ChatStream, Conversation } from '../chat/conversation.ts';
import type { OpenConversation } from '../chat/conversation-library.ts';
import { Turns } from './turns.ts';

test('a turn that is not stored in time does not hold a server that stops, and is not in its log', async () => {
  const log: string[] = [];
  const turns = new Turns((line) => log.push(line));
  let fail: (error: Error) => void = () => undefined;
  const result = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const stream = Object.assign((async function* () {})(), { result }) as unknown as ChatStream;
  const conversation = { send: () => stream } as unknown as Conversation;
  const open = { record: { id: 'one', title: 'one' }, conversation } as OpenConversation;
  turns.begin({ owner: '', open, request: { message: 'x' } });
  await turns.close(1);
  fail(new Error('the database is closed'));
  await turn();
  expect(log).toEqual([]);
});
