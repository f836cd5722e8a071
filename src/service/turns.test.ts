import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { QuireError } from '../base/errors.ts';
import type { OpenConversation } from '../chat/conversation-library.ts';
import type { ChatStream, Conversation } from '../chat/conversation-types.ts';
import { failedStream } from '../completion/failed-stream.ts';
import type { LoggedEvent } from './turn-events.ts';
import { Turns } from './turns.ts';

test('a turn that is not stored in time does not delay shutdown, and a later failure of the turn is not logged', async () => {
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
  await eventLoopTurn();
  expect(log).toEqual([]);
});

test('a turn whose model was unloaded before the turn began ends with model_unloaded', async () => {
  const turns = new Turns(() => undefined);
  const disposedError = new QuireError('disposed', 'the engine was disposed', 'load it again');
  const conversation = { send: () => failedStream(disposedError) } as unknown as Conversation;
  const open = { record: { id: 'one', title: 'one' }, conversation } as OpenConversation;
  const log = turns.begin({ owner: '', open, request: { message: 'x' } });
  const events: LoggedEvent[] = [];
  await log.follow(1, async (event) => {
    events.push(event);
  });
  expect(events).toEqual([expect.objectContaining({ type: 'error', code: 'model_unloaded', ended: true })]);
});
