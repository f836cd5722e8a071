// Tests which commands ChatClient sends, and when. The socket and the HTTP requests are stubs that record their calls.

import { expect, test, vi } from 'vitest';
import { ApiError, type FullConversation } from '../api/api-client.ts';
import type { Command, ServerEvent } from '../api/chat-protocol.ts';
import { currentChat } from '../state/page-state.ts';
import { ChatClient } from './chat-client.ts';

const storedConversation = (changes: Partial<FullConversation> = {}): FullConversation => ({
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
    get: vi.fn(async (_id: string) => storedConversation()),
    change: vi.fn(async (_id: string, _changes: object) => storedConversation()),
  };
  const listener = { onChanged: vi.fn(), onCreated: vi.fn(), onMissing: vi.fn(), onLoaded: vi.fn() };
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
      client.handleOpen();
    },
    disconnect: () => {
      open = false;
      client.handleClose();
    },
    receive: (event: Partial<ServerEvent> & Pick<ServerEvent, 'type'>) =>
      client.handleEvent(event as ServerEvent),
  };
}

const startEvent = { type: 'start', content: '', conversation: 'c', tag: 'new-1', n: 1 } as const;

test('a message is sent when the connection is open and the server mode is known', () => {
  const { commands, client, connect } = setUp();
  expect(client.send('hello')).toBe(true);
  connect();
  expect(commands).toEqual([]);
  client.setServerMode('stored');
  expect(commands).toEqual([{ conversation: 'new', tag: 'new-1', message: 'hello' }]);
});

test('messages to a server without storage have no conversation id', () => {
  const { commands, client, connect } = setUp();
  connect();
  client.setServerMode('unstored');
  client.send('hello');
  client.startNew();
  expect(commands).toEqual([{ message: 'hello' }, { reset: true }]);
});

test('a later message has the conversation id; no message is sent during an answer or without a connection', () => {
  const { commands, client, connect, receive, disconnect, listener } = setUp();
  connect();
  client.setServerMode('stored');
  client.send('a');
  expect(client.send('b')).toBe(false);
  receive(startEvent);
  expect(listener.onCreated).toHaveBeenCalledWith('c');
  receive({ type: 'end', conversation: 'c', n: 2, title: 'A', messages: { user: 'u1', assistant: 'a1' } });
  expect(listener.onChanged).toHaveBeenCalledWith(expect.objectContaining({ id: 'c', title: 'A' }));
  client.send('b');
  expect(commands.at(-1)).toEqual({ conversation: 'c', message: 'b' });
  disconnect();
  expect(client.send('c')).toBe(false);
});

test('after a reconnect, the client resumes after the last received event', async () => {
  const { commands, client, source, connect, receive, disconnect } = setUp();
  connect();
  client.setServerMode('stored');
  client.send('a');
  receive(startEvent);
  receive({ type: 'stream', content: 'x', conversation: 'c', n: 2 });
  disconnect();
  connect();
  expect(commands.at(-1)).toEqual({ conversation: 'c', resume: 2 });
  receive({ type: 'resumed', conversation: 'c', running: true, missed: false });
  expect(source.get).not.toHaveBeenCalled();
  receive({ type: 'resumed', conversation: 'c', running: false, missed: true });
  expect(source.get).toHaveBeenCalledWith('c');
});

test('a conversation that is opened during an answer resumes from the start of the answer', async () => {
  const { commands, client, source, connect } = setUp('c');
  source.get.mockResolvedValue(
    storedConversation({
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

test('a call of stop() sends the cancellation only after the conversation has received an id', () => {
  const { commands, client, connect, receive } = setUp();
  connect();
  client.setServerMode('stored');
  client.send('a');
  client.stop();
  expect(commands).toHaveLength(1);
  receive(startEvent);
  expect(commands.at(-1)).toEqual({ conversation: 'c', cancel: true });
});

test('the status is `missing` if the conversation does not exist, and `failed` if the conversation cannot be loaded', async () => {
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

test('the client subscribes to changes on each connection to a server with storage', () => {
  const { watches, client, connect, disconnect } = setUp();
  connect();
  expect(watches).toEqual([]);
  client.setServerMode('stored');
  expect(watches).toEqual([{ watch: true }]);
  disconnect();
  connect();
  expect(watches).toHaveLength(2);
});

test('a conversation deleted by another client stays on the page and is reported as missing', async () => {
  const { client, listener, connect } = setUp('c');
  connect();
  client.setServerMode('stored');
  await vi.waitFor(() => expect(currentChat(client.store.get()).status).toBe('ready'));
  expect(client.loadedUpdateTime('c')).toBe(1);
  client.handleRemoteDeletion('c');
  expect(currentChat(client.store.get())).toMatchObject({ id: 'c', status: 'missing' });
  expect(listener.onMissing).toHaveBeenCalledWith('c');
});
