// Damaged and hostile frames: the response is an `error` event, and the server continues to serve. No sequence, session or memory
// leaks.

import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { ChatEvent } from '../../src/server/protocols/chat-socket/chat-events.ts';
import { mutateBytes } from '../support/faults/mutate-bytes.ts';
import { UNEXPECTED_VALUES } from '../support/faults/unexpected-values.ts';
import { heapBytes } from '../support/heap.ts';
import { randomInteger, randomNumbers } from '../support/random.ts';
import { ChatClient, chatSocketUrl } from '../support/server/chat-client.ts';
import {
  createConversation,
  expectStillServing,
  unhandledRejections,
} from '../support/server/hostile-input.ts';
import { tinyServerForTests } from '../support/server/tiny-server.ts';

const ROUNDS = process.env.QUIRE_FULL === '1' ? 10_000 : 400;
const FRAMES_PER_SOCKET = 50;
const MIB = 1024 * 1024;
const SHORT = { temperature: 0, maxTokens: 2 };

const tiny = tinyServerForTests();
const unhandled = unhandledRejections();
/** the ids of an existing conversation and of its messages */
let existing: Awaited<ReturnType<typeof createConversation>>;

beforeAll(async () => {
  existing = await createConversation(tiny);
});
afterEach(async () => {
  await expectStillServing(tiny);
  expect(unhandled).toEqual([]);
  expect(({} as { message?: unknown }).message).toBeUndefined(); // no prototype was changed
});

/** Returns valid frames that together contain every field and every option. */
const validFrames = (): readonly object[] => [
  {
    message: 'aé',
    conversation: 'new',
    system: 'be kind',
    contextPolicy: { kind: 'truncate', lowWater: 0.5 },
    cacheReport: true,
    tag: 't',
    options: {
      maxTokens: 2,
      minTokens: 1,
      temperature: 0.5,
      topK: 5,
      topP: 0.9,
      minP: 0.1,
      typicalP: 0.9,
      repetitionPenalty: 1.1,
      presencePenalty: 0.5,
      frequencyPenalty: 0.5,
      logitBias: { 5: 1 },
      seed: 3,
      stop: ['x'],
      stopTokens: [7],
      badWords: ['y'],
      badTokens: [[1, 2]],
      logprobs: 2,
    },
  },
  { message: 'b', options: SHORT },
  { message: 'c', conversation: existing.conversation, edit: existing.user, options: SHORT },
  { conversation: existing.conversation, regenerate: existing.assistant, options: SHORT },
  { conversation: existing.conversation, resume: 3, turn: 'none' },
  { conversation: existing.conversation, cancel: true },
  { cancel: true },
  { reset: true, system: 'x', contextPolicy: 'truncate' },
  { watch: true, ping: 7 },
  { watch: false },
  { regenerate: true, options: SHORT },
];

/** Frames that `JSON.stringify` cannot create, and other invalid frames. */
const INVALID_FRAMES: readonly (readonly [string, string | Buffer])[] = [
  ['an empty frame', ''],
  ['white space', ' \n\t '],
  ['a byte order mark', '\ufeff{"message":"x"}'],
  ['unclosed nested arrays', '['.repeat(100_000)],
  ['deeply nested arrays', '['.repeat(50_000) + ']'.repeat(50_000)],
  ['unclosed nested objects', '{"message":'.repeat(50_000)],
  ['deeply nested options', `{"message":"x","options":${'{"stop":'.repeat(5000)}1${'}'.repeat(5000)}}`],
  ['a deeply nested policy', `{"message":"x","contextPolicy":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ['a prototype', '{"__proto__":{"message":"x"}}'],
  ['a prototype beside a message', '{"__proto__":{"cancel":true},"message":"x"}'],
  ['a prototype of options', '{"message":"x","options":{"__proto__":{"temperature":-1}}}'],
  ['a constructor', '{"constructor":{"prototype":{"message":"x"}},"message":"x"}'],
  ['a field named as a method', '{"message":"x","hasOwnProperty":1}'],
  ['an option named as a method', '{"message":"x","options":{"toString":1}}'],
  ['a number beyond the range of doubles', '{"message":"x","options":{"maxTokens":1e999}}'],
  ['a negative number beyond the range of doubles', '{"message":"x","options":{"seed":-1e999}}'],
  ['a long number', `{"message":"x","options":{"seed":${'9'.repeat(10_000)}}}`],
  ['a number as a string', '{"message":"x","options":{"temperature":"0"}}'],
  ['a long name', JSON.stringify({ ['n'.repeat(100_000)]: 1 })],
  ['many names', JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`n${i}`, i])))],
  ['many biases', JSON.stringify({ message: 'x', options: { logitBias: Array(5000).fill([1, 1]) } })],
  ['a bias for an unknown token', '{"message":"x","options":{"logitBias":{"99999999":1}}}'],
  ['a bad token outside the vocabulary', '{"message":"x","options":{"badTokens":[[99999999]]}}'],
  ['a binary frame', Buffer.from('{"message":"x"}')],
  ['binary noise', Buffer.from([0, 255, 1, 254])],
  ['an empty binary frame', Buffer.alloc(0)],
  ['an unknown conversation', '{"message":"x","conversation":"00000000-0000-0000-0000-000000000000"}'],
  ['a conversation named as a prototype', '{"message":"x","conversation":"__proto__"}'],
  ['an answer named as a prototype', '{"regenerate":"constructor"}'],
  ['a message named as a prototype', '{"message":"x","edit":"__proto__"}'],
  ['a number as watch', '{"watch":1}'],
  ['a string as ping', '{"ping":"1"}'],
  ['a ping beyond safe integers', '{"ping":9007199254740993}'],
  ['only a tag', '{"tag":"x"}'],
  ['an empty message', '{"message":""}'],
];

/** A client that sends frames unchanged and records every event. */
class RawClient {
  readonly events: ChatEvent[] = [];
  closedWith: number | undefined;
  readonly #socket: WebSocket;
  #onChange: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.events.push(JSON.parse(String(data)));
      this.#onChange();
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closedWith = code;
      this.#onChange();
    });
  }

  static async open(): Promise<RawClient> {
    const socket = new WebSocket(chatSocketUrl(tiny.url));
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** @param binary if false, the bytes are sent as a text frame, even if they are not UTF-8 */
  send(frame: string | Uint8Array, binary = false): void {
    this.#socket.send(frame, { binary });
  }

  /** Sends frames, waits until the server has processed all of them, and returns the events that were received until then. */
  async answersTo(
    ...frames: readonly (readonly [frame: string | Uint8Array, binary: boolean])[]
  ): Promise<ChatEvent[]> {
    const firstEvent = this.events.length;
    for (const [frame, binary] of frames) this.send(frame, binary);
    const tag = `fence-${firstEvent}`;
    // The server rejects an unknown field immediately, even during a turn, and processes frames in order.
    this.send(JSON.stringify({ [tag]: 1 }));
    const isProcessed = (): boolean =>
      this.events.slice(firstEvent).some((event) => event.type === 'error' && event.message.includes(tag));
    while (this.closedWith === undefined && !isProcessed()) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
    return this.events
      .slice(firstEvent)
      .filter((event) => !(event.type === 'error' && event.message.includes(tag)));
  }

  close(): void {
    this.#socket.terminate();
  }
}

const EVENT_TYPES = ['start', 'stream', 'end', 'error', 'reset', 'resumed', 'pong', 'changed'];

/** Expects events of the protocol, whose errors are short and contain no stack trace. */
function expectProtocolEvents(events: readonly ChatEvent[], sent: unknown): void {
  for (const event of events) {
    expect(EVENT_TYPES, String(sent)).toContain(event.type);
    if (event.type !== 'error') continue;
    const details = `${String(sent).slice(0, 500)} gave ${JSON.stringify(event)}`;
    expect(event.code, details).toMatch(/^[a-z_]+$/);
    expect(event.code, details).not.toMatch(/internal|storage_failed/);
    expect(event.message.length, details).toBeGreaterThan(10);
    expect(event.message.length, details).toBeLessThan(2000);
    expect(event.message, details).not.toMatch(/\.ts:|\.js:|node_modules|at .*\(/);
  }
}

function damagedFrame(bytes: Uint8Array, random: () => number): Uint8Array {
  const choice = random();
  if (choice < 0.1) return randomBytes(random);
  return choice < 0.4
    ? Buffer.from(JSON.stringify(mixedFields(random)))
    : mutateBytes(bytes, bytes.length, random);
}

/** Returns a random mixture of the fields of the valid frames, in which some fields have unusual values. */
function mixedFields(random: () => number): object {
  const fields = validFrames().flatMap((frame) => Object.entries(frame));
  const selected = fields.filter(() => random() < 0.15);
  return Object.fromEntries(
    selected.map(([name, value]) => [
      name,
      random() < 0.15 ? UNEXPECTED_VALUES[randomInteger(random, UNEXPECTED_VALUES.length)] : value,
    ]),
  );
}

const randomBytes = (random: () => number): Uint8Array =>
  Uint8Array.from({ length: randomInteger(random, 200) }, () => randomInteger(random, 256));

function isJson(frame: string | Uint8Array): boolean {
  try {
    JSON.parse(typeof frame === 'string' ? frame : Buffer.from(frame).toString());
    return true;
  } catch {
    return false;
  }
}

describe('/ws/chat', () => {
  test('answers the valid frames from which the damaged frames are created', async () => {
    const client = await ChatClient.open(tiny.url);
    client.send(validFrames()[0]);
    expect((await client.next('end')).usage!.generatedTokens).toBeGreaterThan(0);
    client.send({ conversation: existing.conversation, regenerate: existing.assistant, options: SHORT });
    await client.next('end');
    await client.close();
  });

  test(`${ROUNDS} damaged frames cause errors or answers, and the heap does not grow`, async () => {
    const random = randomNumbers(4711);
    const frames = validFrames().map((frame) => Buffer.from(JSON.stringify(frame)));
    const codes = new Map<string, number>();
    const closes = new Map<number, number>();
    const heap: number[] = [];
    let client = await RawClient.open();
    for (let round = 0; round < ROUNDS; round++) {
      if (round % FRAMES_PER_SOCKET === 0 || client.closedWith !== undefined) {
        expectProtocolEvents(client.events, `a frame before round ${round}`);
        client.close();
        client = await RawClient.open();
      }
      const bytes = frames[round % frames.length]!;
      const damagedBytes = damagedFrame(bytes, random);
      // Most damaged frames are invalid UTF-8, which the WebSocket library rejects, so most of them are converted to valid text.
      const frame = random() < 0.1 ? damagedBytes : Buffer.from(damagedBytes).toString();
      const binary = random() < 0.05;
      const events = await client.answersTo([frame, binary]);
      if (client.closedWith === undefined && (binary || !isJson(frame)))
        expect(events.filter((event) => event.type === 'error' && event.code === 'bad_message')).not.toEqual(
          [],
        );
      for (const event of events)
        if (event.type === 'error') codes.set(event.code, (codes.get(event.code) ?? 0) + 1);
      const { closedWith } = client;
      if (closedWith !== undefined) {
        // Invalid UTF-8 violates the WebSocket protocol and closes the socket with 1007; nothing else may close the socket.
        expect(closedWith, JSON.stringify([...damagedBytes])).toBe(1007);
        closes.set(closedWith, (closes.get(closedWith) ?? 0) + 1);
      }
      if ((round + 1) % (ROUNDS / 4) === 0) {
        await expect.poll(() => tiny.engine.counters.running, { timeout: 20_000 }).toBe(0);
        heap.push(heapBytes());
      }
    }
    client.close();
    console.log(
      `error codes ${JSON.stringify(Object.fromEntries(codes))}, closes ${JSON.stringify(Object.fromEntries(closes))}, heap ${heap.map((bytes) => (bytes / MIB).toFixed(1)).join(', ')} MiB`,
    );
    expect(codes.get('bad_message')).toBeGreaterThan(ROUNDS / 10);
    expect(closes.get(1007)).toBeGreaterThan(0);
    expect(heap.at(-1)! - heap[0]!).toBeLessThan(64 * MIB);
  });

  test('responds to every field and option with every unusual value with an error or an answer', async () => {
    const client = await RawClient.open();
    const codes = new Set<string>();
    const [fullFrame] = validFrames() as [{ options: object }];
    const frames: object[] = [];
    for (const value of UNEXPECTED_VALUES) {
      for (const name of [
        ...Object.keys(fullFrame),
        'regenerate',
        'edit',
        'cancel',
        'reset',
        'resume',
        'no_such',
      ])
        frames.push({ message: 'a', options: SHORT, [name]: value }, { [name]: value });
      for (const name of [...Object.keys(fullFrame.options), 'noSuch', 'constructor'])
        frames.push({ message: 'a', options: { ...SHORT, [name]: value } });
    }
    for (const frame of frames) {
      const text = JSON.stringify(frame);
      const events = await client.answersTo([text, false], ['{"cancel":true}', false]);
      expectProtocolEvents(events, text);
      for (const event of events) if (event.type === 'error') codes.add(event.code);
      expect(client.closedWith, text).toBeUndefined();
    }
    expect(codes).toEqual(new Set([...codes, 'bad_message', 'bad_option', 'unknown_option', 'not_found']));
    client.close();
  });

  test.each(INVALID_FRAMES)(
    'the response to %s is an error, and the socket stays open',
    async (_name, frame) => {
      const client = await RawClient.open();
      const before = client.events.length;
      const events = await client.answersTo([frame, typeof frame !== 'string']);
      await expect
        .poll(() => client.events.slice(before).filter(({ type }) => type === 'error').length)
        .toBeGreaterThanOrEqual(2); // the error of this frame, and the error that answersTo waits for
      expectProtocolEvents(events, frame);
      expect(client.events.filter(({ type }) => type === 'end')).toEqual([]);
      expect(client.closedWith).toBeUndefined();
      client.close();
    },
  );

  test('closes only the socket that sends a text frame that is not UTF-8, with code 1007', async () => {
    const [client, otherClient] = await Promise.all([RawClient.open(), RawClient.open()]);
    await client.answersTo([Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), false]);
    expect(client.closedWith).toBe(1007);
    await otherClient.answersTo(['{}', false]);
    expect(otherClient.closedWith).toBeUndefined();
    otherClient.close();
    await expect.poll(() => tiny.engine.counters.running).toBe(0);
  });

  test('answers and stores a message with lone surrogates', async () => {
    const client = await ChatClient.open(tiny.url);
    client.socket.send(
      '{"message":"\\ud800 and \\udc00","conversation":"new","tag":"\\ud83d","options":{"maxTokens":2}}',
    );
    const { conversation } = await client.next('end');
    const read = await fetch(`${tiny.url}/conversations/${conversation}`);
    expect(read.status).toBe(200);
    expect(((await read.json()) as { messages: unknown[] }).messages).toHaveLength(2);
    await client.close();
  });

  test('sends an error for each frame of a flood from one socket', async () => {
    const client = await RawClient.open();
    const flood = Array.from({ length: 2000 }, (_, i) => [`{"no_such_${i}":1}`, false] as const);
    const events = await client.answersTo(...flood);
    expect(events).toHaveLength(flood.length);
    expectProtocolEvents(events, 'the flood');
    client.close();
  });
});
