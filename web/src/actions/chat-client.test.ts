// What the session sends, and when, against a socket and requests that only write down what they are asked.

import { expect, test, vi } from 'vitest';
import { ApiError, type ConversationAnswer } from '../api/api-client.ts';
import type { Command, ServerEvent } from '../api/chat-protocol.ts';
import { currentChat } from '../state/page-state.ts';
import { ChatSession } from './chat-client.ts';

const stored = (changes: Partial<ConversationAnswer> = {}): ConversationAnswer => ({
  id: 'c',
  title: 'T',
  createdAt: 1,
  updatedAt: 1,
  messages: [],
  ...changes,
});

function world(id?: string) {
  const commands: Command[] = [];
  const source = {
    get: vi.fn(async (_id: string) => stored()),
    change: vi.fn(async (_id: string, _changes: object) => stored()),
  };
  const listener = { changed: vi.fn(), named: vi.fn(), gone: vi.fn(), read: vi.fn() };
  let open = false;
  const watches: Command[] = [];
  const sender = {
    send: (command: Command) => open && (command.watch ? watches : commands).push(command) > 0,
  };
  const session = new ChatSession(() => sender, source, listener, id);
  return {
    commands,
    watches,
    source,
    listener,
    session,
    connect: () => {
      open = true;
      session.opened();
    },
    lose: () => {
      open = false;
      session.closed();
    },
    tell: (event: Partial<ServerEvent> & Pick<ServerEvent, 'type'>) => session.received(event as ServerEvent),
  };
}

const begin = { type: 'start', content: '', conversation: 'c', tag: 'new-1', n: 1 } as const;

test('a message waits until there is a connection and the server has said what it is', () => {
  const { commands, session, connect } = world();
  expect(session.send('hello')).toBe(true);
  connect();
  expect(commands).toEqual([]);
  session.learned('topics');
  expect(commands).toEqual([{ conversation: 'new', tag: 'new-1', message: 'hello' }]);
});

test('to a server without conversations a message is only a message', () => {
  const { commands, session, connect } = world();
  connect();
  session.learned('plain');
  session.send('hello');
  session.startNew();
  expect(commands).toEqual([{ message: 'hello' }, { reset: true }]);
});

test('the second message names the conversation; nothing is sent while an answer runs or the connection is lost', () => {
  const { commands, session, connect, tell, lose, listener } = world();
  connect();
  session.learned('topics');
  session.send('a');
  expect(session.send('b')).toBe(false);
  tell(begin);
  expect(listener.named).toHaveBeenCalledWith('c');
  tell({ type: 'end', conversation: 'c', n: 2, title: 'A', messages: { user: 'u1', assistant: 'a1' } });
  expect(listener.changed).toHaveBeenCalledWith(expect.objectContaining({ id: 'c', title: 'A' }));
  session.send('b');
  expect(commands.at(-1)).toEqual({ conversation: 'c', message: 'b' });
  lose();
  expect(session.send('c')).toBe(false);
});

test('after a lost connection it goes on from the last event', async () => {
  const { commands, session, source, connect, tell, lose } = world();
  connect();
  session.learned('topics');
  session.send('a');
  tell(begin);
  tell({ type: 'stream', content: 'x', conversation: 'c', n: 2 });
  lose();
  connect();
  expect(commands.at(-1)).toEqual({ conversation: 'c', resume: 2 });
  tell({ type: 'resumed', conversation: 'c', running: true, missed: false });
  expect(source.get).not.toHaveBeenCalled();
  tell({ type: 'resumed', conversation: 'c', running: false, missed: true });
  expect(source.get).toHaveBeenCalledWith('c');
});

test('a conversation that is opened while its answer is written is followed from its start', async () => {
  const { commands, session, source, connect } = world('c');
  source.get.mockResolvedValue(
    stored({
      messages: [
        { id: 'u1', role: 'user', content: 'q', state: 'complete' },
        { id: 'a1', parent: 'u1', role: 'assistant', content: '', state: 'running' },
      ],
    }),
  );
  connect();
  session.learned('topics');
  await vi.waitFor(() => expect(commands).toEqual([{ conversation: 'c', resume: 0 }]));
});

test('a stop before the conversation has its id is sent when it has', () => {
  const { commands, session, connect, tell } = world();
  connect();
  session.learned('topics');
  session.send('a');
  session.stop();
  expect(commands).toHaveLength(1);
  tell(begin);
  expect(commands.at(-1)).toEqual({ conversation: 'c', cancel: true });
});

test('a conversation that is not there is gone, one that cannot be read has failed', async () => {
  const { session, source, connect } = world('c');
  source.get.mockRejectedValue(new ApiError(404, 'not_found', 'none'));
  connect();
  session.learned('topics');
  await vi.waitFor(() => expect(currentChat(session.store.get()).status).toBe('gone'));
  source.get.mockRejectedValue(new ApiError(500, 'internal', 'broken'));
  session.show('d');
  await vi.waitFor(() => expect(currentChat(session.store.get()).status).toBe('failed'));
});

test('an empty page is not left for another one', () => {
  const { session, connect } = world();
  connect();
  session.learned('topics');
  session.startNew();
  expect(session.store.get().current).toBe('new-1');
  session.show('c');
  session.startNew();
  expect(session.store.get().current).toBe('new-1');
});

test('it asks to be told of changes once the server is known to keep conversations, and on each new connection', () => {
  const { watches, session, connect, lose } = world();
  connect();
  expect(watches).toEqual([]);
  session.learned('topics');
  expect(watches).toEqual([{ watch: true }]);
  lose();
  connect();
  expect(watches).toHaveLength(2);
});

test('what was deleted elsewhere stays to be read, and is listed no more', async () => {
  const { session, listener, connect } = world('c');
  connect();
  session.learned('topics');
  await vi.waitFor(() => expect(currentChat(session.store.get()).status).toBe('ready'));
  expect(session.updatedAt('c')).toBe(1);
  session.lost('c');
  expect(currentChat(session.store.get())).toMatchObject({ id: 'c', status: 'gone' });
  expect(listener.gone).toHaveBeenCalledWith('c');
});
