// A client stops reading its socket during an answer. The engine and other clients do not wait for this client, its answers are
// stored completely, the server disconnects it after a timeout, and it can resume the events that it has not read.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import type { ServerOptions } from '../../src/server/start-server.ts';
import { ChatClient, type EventOf } from '../support/server/chat-client.ts';
import { ENDLESS_PROMPT, type TinyServer, withTinyServer } from '../support/server/tiny-server.ts';

const GREEDY = { temperature: 0, maxTokens: 8 };
/** With log-probabilities, an end event has about 100 kB, so that many end events exceed the socket buffers of the system. */
const LARGE_EVENTS = { temperature: 0, logprobs: 20 };
const CONVERSATIONS = 150;

const withServer = (
  options: Partial<ServerOptions>,
  action: (tiny: TinyServer) => Promise<void>,
): Promise<void> => withTinyServer({}, { maxTurnsPerSocket: CONVERSATIONS, ...options }, action);

interface StoredAnswer {
  readonly content: string;
  readonly state: string;
}

async function answersOf({ url }: TinyServer, ids: readonly string[]): Promise<StoredAnswer[]> {
  const answers: StoredAnswer[] = [];
  for (const id of ids) {
    const storedConversation = (await (await fetch(`${url}/conversations/${id}`)).json()) as {
      messages: StoredAnswer[];
    };
    const { content, state } = storedConversation.messages.at(-1)!;
    answers.push({ content, state });
  }
  return answers;
}

/** Requests many long answers, reads the start of the first answer, and then stops reading. */
async function sendManyAndStopReading({
  url,
}: TinyServer): Promise<{ client: ChatClient; last: EventOf<'stream'> }> {
  const client = await ChatClient.open(url);
  client.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LARGE_EVENTS });
  const last = await client.next('stream');
  client.socket.pause();
  for (let i = 1; i < CONVERSATIONS; i++)
    client.send({ message: ENDLESS_PROMPT, conversation: 'new', options: LARGE_EVENTS });
  return { client, last };
}

const finishedRequests = ({ engine }: TinyServer): number => engine.counters.events.finished;

async function allConversations({ url }: TinyServer): Promise<string[]> {
  const list = (await (await fetch(`${url}/conversations?limit=200&search=${ENDLESS_PROMPT}`)).json()) as {
    conversations: { id: string }[];
  };
  return list.conversations.map(({ id }) => id);
}

test('a client that stops reading does not delay other clients, is disconnected, and its answers are stored completely', () =>
  withServer({ slowReaderMs: 1000 }, async (tiny) => {
    const idleClient = await ChatClient.open(tiny.url);
    const { client, last } = await sendManyAndStopReading(tiny);
    const { end } = await idleClient.ask('hello', { options: GREEDY });
    expect(end.usage!.generatedTokens).toBeGreaterThan(0);
    await expect.poll(() => finishedRequests(tiny), { timeout: 100_000 }).toBe(CONVERSATIONS + 1);
    expect(tiny.engine.counters).toMatchObject({ running: 0, waiting: 0 });
    expect(tiny.engine.kvUsage.reservedBytes).toBe(0);

    // All messages are the same and sampling is greedy, so all answers must be the same and complete.
    const ids = await allConversations(tiny);
    expect(ids).toHaveLength(CONVERSATIONS);
    const complete = { state: 'complete', content: expect.stringMatching(/.{20}/s) };
    await expect.poll(() => answersOf(tiny, ids), { timeout: 20_000 }).toEqual(ids.map(() => complete));
    const answers = await answersOf(tiny, ids);
    expect(new Set(answers.map(({ content }) => content)).size).toBe(1);

    // A client that does not read detects the disconnect when it writes.
    const isDisconnected = (): boolean => {
      client.send({ cancel: true });
      return client.socket.readyState !== WebSocket.OPEN;
    };
    await expect.poll(isDisconnected, { timeout: 30_000 }).toBe(true);
    client.socket.resume();
    expect((await client.closed).code).toBe(1006);
    expect(client.events.filter(({ type }) => type === 'end').length).toBeLessThan(CONVERSATIONS);

    // The idle client is still connected, and the disconnected client can resume.
    await idleClient.ask('still here', { options: GREEDY });
    await idleClient.close();
    const resumingClient = await ChatClient.open(tiny.url);
    resumingClient.send({ conversation: last.conversation, resume: last.n, turn: last.turn });
    expect(await resumingClient.next('resumed')).toMatchObject({ running: false, missed: false });
    const resumedEnd = await resumingClient.next('end');
    expect(resumedEnd.logprobs).toHaveLength(resumedEnd.usage!.generatedTokens);
    const texts = resumingClient.events.map((event) => (event.type === 'stream' ? event.content : ''));
    expect(answers[0]!.content).toBe(last.content + texts.join(''));
    await resumingClient.close();
  }));

test('a client that resumes reading before the timeout receives every event in order', () =>
  withServer({ slowReaderMs: 60_000 }, async (tiny) => {
    const { client } = await sendManyAndStopReading(tiny);
    await expect.poll(() => finishedRequests(tiny), { timeout: 100_000 }).toBeGreaterThan(1);
    await sleep(500); // some of the answers are buffered
    client.socket.resume();
    const ends = new Map<string, number>();
    for (let i = 0; i < CONVERSATIONS; i++) {
      const { conversation, n } = await client.next('end');
      ends.set(conversation!, n!);
    }
    expect(ends.size).toBe(CONVERSATIONS);
    const numbers = new Map<string, number>();
    for (const event of client.events) {
      if (!('n' in event)) continue;
      const previous = numbers.get(event.conversation!);
      if (previous !== undefined) expect(event.n).toBe(previous + 1);
      numbers.set(event.conversation!, event.n!);
    }
    expect(numbers).toEqual(ends);
    await client.close();
  }));
