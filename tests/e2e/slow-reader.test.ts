// A client that stops reading its socket in mid-answer: the engine and the other clients do not wait for it, its
// answers are complete in the store, it is cut after a time, and it may come back for what it has not read.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import type { ServerOptions } from '../../src/server/start-server.ts';
import { ChatClient, type EventOf } from '../support/server/chat-client.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const GREEDY = { temperature: 0, maxTokens: 8 };
/** The tiny model answers this until its context of 128 tokens is full. */
const ENDLESS = 'b';
/** Log-probabilities make the end of an answer some 100 kB, so that many fill whatever the system's sockets hold. */
const WORDY = { temperature: 0, logprobs: 20 };
const CONVERSATIONS = 150;

async function serving(
  options: Partial<ServerOptions>,
  body: (tiny: TinyServer) => Promise<void>,
): Promise<void> {
  const tiny = await startTinyServer({}, { maxTurnsPerSocket: CONVERSATIONS, ...options });
  try {
    await body(tiny);
  } finally {
    await tiny.stop();
  }
}

interface StoredAnswer {
  readonly content: string;
  readonly state: string;
}

async function answersOf({ url }: TinyServer, ids: readonly string[]): Promise<StoredAnswer[]> {
  const answers: StoredAnswer[] = [];
  for (const id of ids) {
    const read = (await (await fetch(`${url}/conversations/${id}`)).json()) as { messages: StoredAnswer[] };
    const { content, state } = read.messages.at(-1)!;
    answers.push({ content, state });
  }
  return answers;
}

/** Begins many long answers, reads the beginning of the first, and then nothing more. */
async function askMuchAndStopReading({
  url,
}: TinyServer): Promise<{ client: ChatClient; last: EventOf<'stream'> }> {
  const client = await ChatClient.open(url);
  client.send({ message: ENDLESS, conversation: 'new', options: WORDY });
  const last = await client.next('stream');
  client.socket.pause();
  for (let i = 1; i < CONVERSATIONS; i++)
    client.send({ message: ENDLESS, conversation: 'new', options: WORDY });
  return { client, last };
}

const finished = ({ engine }: TinyServer): number => engine.counters.events.finished;

async function allConversations({ url }: TinyServer): Promise<string[]> {
  const listed = (await (await fetch(`${url}/conversations?limit=200&search=${ENDLESS}`)).json()) as {
    conversations: { id: string }[];
  };
  return listed.conversations.map(({ id }) => id);
}

test('neither the engine nor another client waits for it, its answers are complete, and it is cut', () =>
  serving({ slowReaderMs: 1000 }, async (tiny) => {
    const patient = await ChatClient.open(tiny.url);
    const { client, last } = await askMuchAndStopReading(tiny);
    const { end } = await patient.ask('hello', { options: GREEDY });
    expect(end.usage!.generatedTokens).toBeGreaterThan(0);
    await expect.poll(() => finished(tiny), { timeout: 100_000 }).toBe(CONVERSATIONS + 1);
    expect(tiny.engine.counters).toMatchObject({ running: 0, waiting: 0 });
    expect(tiny.engine.kvUsage.reservedBytes).toBe(0);

    // All the same question to a greedy model: all the same answer, whole.
    const ids = await allConversations(tiny);
    expect(ids).toHaveLength(CONVERSATIONS);
    const complete = { state: 'complete', content: expect.stringMatching(/.{20}/s) };
    await expect.poll(() => answersOf(tiny, ids), { timeout: 20_000 }).toEqual(ids.map(() => complete));
    const answers = await answersOf(tiny, ids);
    expect(new Set(answers.map(({ content }) => content)).size).toBe(1);

    // A client that does not read sees that it was cut when it writes.
    const isCut = (): boolean => {
      client.send({ cancel: true });
      return client.socket.readyState !== WebSocket.OPEN;
    };
    await expect.poll(isCut, { timeout: 30_000 }).toBe(true);
    client.socket.resume();
    expect((await client.closed).code).toBe(1006);
    expect(client.events.filter(({ type }) => type === 'end').length).toBeLessThan(CONVERSATIONS);

    // Who only had nothing to read is still there, and who was cut comes back.
    await patient.ask('still here', { options: GREEDY });
    await patient.close();
    const again = await ChatClient.open(tiny.url);
    again.send({ conversation: last.conversation, resume: last.n, turn: last.turn });
    expect(await again.next('resumed')).toMatchObject({ running: false, missed: false });
    const rest = await again.next('end');
    expect(rest.logprobs).toHaveLength(rest.usage!.generatedTokens);
    const pieces = again.events.map((event) => (event.type === 'stream' ? event.content : ''));
    expect(answers[0]!.content).toBe(last.content + pieces.join(''));
    await again.close();
  }));

test('one that goes on reading before its time is over gets everything, in order', () =>
  serving({ slowReaderMs: 60_000 }, async (tiny) => {
    const { client } = await askMuchAndStopReading(tiny);
    await expect.poll(() => finished(tiny), { timeout: 100_000 }).toBeGreaterThan(1);
    await sleep(500); // some of the answers pile up
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
      const before = numbers.get(event.conversation!);
      if (before !== undefined) expect(event.n).toBe(before + 1);
      numbers.set(event.conversation!, event.n!);
    }
    expect(numbers).toEqual(ends);
    await client.close();
  }));
