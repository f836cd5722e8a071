// What the client sends, and when, with a socket and HTTP requests that only record their calls.

import { expect, test, vi } from 'vitest';
import { ApiError, type FullConversation } from '../api/api-client.ts';
import type { Command, ServerEvent } from '../api/chat-protocol.ts';
import { currentChat } from '../state/page-state.ts';
import { ChatClient } from './chat-client.ts';

const stored = (changes: Partial<FullConversation> = {}): FullConversation => ({
  id: 'c',
  title: 'T',
  createdAt: 1,
  updatedAt: 1,
  messages: [],
  ...changes,
});

function setUp(id?: string) {
  const commands: Command[] = [];
  const source = {
    get: vi.fn(async (_id: string) => stored()),
    change: vi.fn(async (_id: string, _changes: object) => stored()),
  };
  const listener = { changed: vi.fn(), created: vi.fn(), missing: vi.fn(), loaded: vi.fn() };
  let open = false;
  const watches: Command[] = [];
  const sender = {
    send: (command: Command) => open && (command.watch ? watches : commands).push(command) > 0,
  };
  const client = new ChatClient(() => sender, source, listener, id);
  return {
    commands,
    watches,
    source,
    listener,
    client,
    connect: () => {
      open = true;
      client.opened();
    },
    disconnect: () => {
      open = false;
      client.closed();
    },
    receive: (event: Partial<ServerEvent> & Pick<ServerEvent, 'type'>) =>
      client.handleEvent(event as ServerEvent),
  };
}

const start = { type: 'start', content: '', conversation: 'c', tag: 'new-1', n: 1 } as const;

test('a message is sent once the connection is open and the server mode is known', () => {
  const { commands, client, connect } = setUp();
  expect(client.send('hello')).toBe(true);
  connect();
  expect(commands).toEqual([]);
  client.setServerMode('stored');
  expect(commands).toEqual([{ conversation: 'new', tag: 'new-1', message: 'hello' }]);
});

test('a server without storage gets messages without a conversation id', () => {
  const { commands, client, connect } = setUp();
  connect();
  client.setServerMode('unstored');
  client.send('hello');
  client.startNew();
  expect(commands).toEqual([{ message: 'hello' }, { reset: true }]);
});

test('the second message has the conversation id; nothing is sent while an answer runs or without a connection', () => {
  const { commands, client, connect, receive, disconnect, listener } = setUp();
  connect();
  client.setServerMode('stored');
  client.send('a');
  expect(client.send('b')).toBe(false);
  receive(start);
  expect(listener.created).toHaveBeenCalledWith('c');
  receive({ type: 'end', conversation: 'c', n: 2, title: 'A', messages: { user: 'u1', assistant: 'a1' } });
  expect(listener.changed).toHaveBeenCalledWith(expect.objectContaining({ id: 'c', title: 'A' }));
  client.send('b');
  expect(commands.at(-1)).toEqual({ conversation: 'c', message: 'b' });
  disconnect();
  expect(client.send('c')).toBe(false);
});

test('after a lost connection it resumes after the last event', async () => {
  const { commands, client, source, connect, receive, disconnect } = setUp();
  connect();
  client.setServerMode('stored');
  client.send('a');
  receive(start);
  receive({ type: 'stream', content: 'x', conversation: 'c', n: 2 });
  disconnect();
  connect();
  expect(commands.at(-1)).toEqual({ conversation: 'c', resume: 2 });
  receive({ type: 'resumed', conversation: 'c', running: true, missed: false });
  expect(source.get).not.toHaveBeenCalled();
  receive({ type: 'resumed', conversation: 'c', running: false, missed: true });
  expect(source.get).toHaveBeenCalledWith('c');
});

test('a conversation opened during its answer is followed from the start of the answer', async () => {
  const { commands, client, source, connect } = setUp('c');
  source.get.mockResolvedValue(
    stored({
      messages: [
        { id: 'u1', role: 'user', content: 'q', state: 'complete' },
        { id: 'a1', parent: 'u1', role: 'assistant', content: '', state: 'running' },
      ],
    }),
  );
  connect();
  client.setServerMode('stored');
  await vi.waitFor(() => expect(commands).toEqual([{ conversation: 'c', resume: 0 }]));
});

test('a stop before the conversation has an id is sent once it has one', () => {
  const { commands, client, connect, receive } = setUp();
  connect();
  client.setServerMode('stored');
  client.send('a');
  client.stop();
  expect(commands).toHaveLength(1);
  receive(start);
  expect(commands.at(-1)).toEqual({ conversation: 'c', cancel: true });
});

test('a conversation that does not exist is missing; one that cannot be loaded has failed', async () => {
  const { client, source, connect } = setUp('c');
  source.get.mockRejectedValue(new ApiError(404, 'not_found', 'none'));
  connect();
  client.setServerMode('stored');
  await vi.waitFor(() => expect(currentChat(client.store.get()).status).toBe('missing'));
  source.get.mockRejectedValue(new ApiError(500, 'internal', 'broken'));
  client.show('d');
  await vi.waitFor(() => expect(currentChat(client.store.get()).status).toBe('failed'));
});

test('startNew reuses an empty conversation', () => {
  const { client, connect } = setUp();
  connect();
  client.setServerMode('stored');
  client.startNew();
  expect(client.store.get().current).toBe('new-1');
  client.show('c');
  client.startNew();
  expect(client.store.get().current).toBe('new-1');
});

test('it subscribes to changes on each connection to a server with storage', () => {
  const { watches, client, connect, disconnect } = setUp();
  connect();
  expect(watches).toEqual([]);
  client.setServerMode('stored');
  expect(watches).toEqual([{ watch: true }]);
  disconnect();
  connect();
  expect(watches).toHaveLength(2);
});

test('a conversation deleted elsewhere stays on the page and is reported as missing', async () => {
  const { client, listener, connect } = setUp('c');
  connect();
  client.setServerMode('stored');
  await vi.waitFor(() => expect(currentChat(client.store.get()).status).toBe('ready'));
  expect(client.knownUpdate('c')).toBe(1);
  client.deletedElsewhere('c');
  expect(currentChat(client.store.get())).toMatchObject({ id: 'c', status: 'missing' });
  expect(listener.missing).toHaveBeenCalledWith('c');
});
