// Damaged and hostile frames: each gets an `error` event, and the server keeps serving. No sequence, session or memory is
// leaked.

import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { ChatEvent } from '../../src/server/protocols/chat-socket/chat-events.ts';
import { mutate } from '../support/faults/mutate-bytes.ts';
import { STRANGE } from '../support/faults/strange-values.ts';
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
/** an existing conversation and the ids of its messages */
let known: Awaited<ReturnType<typeof createConversation>>;

beforeAll(async () => {
  known = await createConversation(tiny);
});
afterEach(async () => {
  await expectStillServing(tiny);
  expect(unhandled).toEqual([]);
  expect(({} as { message?: unknown }).message).toBeUndefined(); // no prototype was changed
});

/** Valid frames, which together have every field and every option. */
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
  { message: 'c', conversation: known.conversation, edit: known.user, options: SHORT },
  { conversation: known.conversation, regenerate: known.assistant, options: SHORT },
  { conversation: known.conversation, resume: 3, turn: 'none' },
  { conversation: known.conversation, cancel: true },
  { cancel: true },
  { reset: true, system: 'x', contextPolicy: 'truncate' },
  { watch: true, ping: 7 },
  { watch: false },
  { regenerate: true, options: SHORT },
];

/** Frames that `JSON.stringify` does not write. */
const RAW: readonly (readonly [string, string | Buffer])[] = [
  ['an empty frame', ''],
  ['white space', ' \n\t '],
  ['a byte order mark', '\ufeff{"message":"x"}'],
  ['deep brackets', '['.repeat(100_000)],
  ['deep brackets that close', '['.repeat(50_000) + ']'.repeat(50_000)],
  ['deep objects', '{"message":'.repeat(50_000)],
  ['deep options', `{"message":"x","options":${'{"stop":'.repeat(5000)}1${'}'.repeat(5000)}}`],
  ['a deep policy', `{"message":"x","contextPolicy":${'['.repeat(5000)}${']'.repeat(5000)}}`],
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
  ['a watch of a number', '{"watch":1}'],
  ['a ping that is a string', '{"ping":"1"}'],
  ['a ping beyond safe integers', '{"ping":9007199254740993}'],
  ['a tag alone', '{"tag":"x"}'],
  ['an empty message', '{"message":""}'],
];

/** A socket that sends frames unchanged and records every event. */
class Sender {
  readonly events: ChatEvent[] = [];
  closedWith: number | undefined;
  readonly #socket: WebSocket;
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.events.push(JSON.parse(String(data)));
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closedWith = code;
      this.#wake();
    });
  }

  static async open(): Promise<Sender> {
    const socket = new WebSocket(chatSocketUrl(tiny.url));
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new Sender(socket);
  }

  /** @param binary false sends the bytes as a text frame, whether they are UTF-8 or not */
  send(frame: string | Uint8Array, binary = false): void {
    this.#socket.send(frame, { binary });
  }

  /** Sends frames, waits until the server has processed all of them, and returns the events received meanwhile. */
  async answersTo(
    ...frames: readonly (readonly [frame: string | Uint8Array, binary: boolean])[]
  ): Promise<ChatEvent[]> {
    const from = this.events.length;
    for (const [frame, binary] of frames) this.send(frame, binary);
    const tag = `fence-${from}`;
    // An unknown field is refused at once, also during a turn, and frames are processed in order.
    this.send(JSON.stringify({ [tag]: 1 }));
    const passed = (): boolean =>
      this.events.slice(from).some((event) => event.type === 'error' && event.message.includes(tag));
    while (this.closedWith === undefined && !passed()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.events
      .slice(from)
      .filter((event) => !(event.type === 'error' && event.message.includes(tag)));
  }

  close(): void {
    this.#socket.terminate();
  }
}

const TYPES = ['start', 'stream', 'end', 'error', 'reset', 'resumed', 'pong', 'changed'];

/** Expects events of the protocol; errors are short and contain no stack trace. */
function expectProtocolEvents(events: readonly ChatEvent[], sent: unknown): void {
  for (const event of events) {
    expect(TYPES, String(sent)).toContain(event.type);
    if (event.type !== 'error') continue;
    const shown = `${String(sent).slice(0, 500)} gave ${JSON.stringify(event)}`;
    expect(event.code, shown).toMatch(/^[a-z_]+$/);
    expect(event.code, shown).not.toMatch(/internal|storage_failed/);
    expect(event.message.length, shown).toBeGreaterThan(10);
    expect(event.message.length, shown).toBeLessThan(2000);
    expect(event.message, shown).not.toMatch(/\.ts:|\.js:|node_modules|at .*\(/);
  }
}

function damagedFrame(bytes: Uint8Array, random: () => number): Uint8Array {
  const kind = random();
  if (kind < 0.1) return noise(random);
  return kind < 0.4 ? Buffer.from(JSON.stringify(crossed(random))) : mutate(bytes, bytes.length, random);
}

/** Returns a random mixture of the fields of the valid frames, some of them with strange values. */
function crossed(random: () => number): object {
  const fields = validFrames().flatMap((frame) => Object.entries(frame));
  const some = fields.filter(() => random() < 0.15);
  return Object.fromEntries(
    some.map(([name, value]) => [
      name,
      random() < 0.15 ? STRANGE[randomInteger(random, STRANGE.length)] : value,
    ]),
  );
}

const noise = (random: () => number): Uint8Array =>
  Uint8Array.from({ length: randomInteger(random, 200) }, () => randomInteger(random, 256));

function isJson(frame: string | Uint8Array): boolean {
  try {
    JSON.parse(typeof frame === 'string' ? frame : Buffer.from(frame).toString());
    return true;
  } catch {
    return false;
  }
}

describe('frames', () => {
  test('that are valid, and that the damaged ones derive from, are answered', async () => {
    const client = await ChatClient.open(tiny.url);
    client.send(validFrames()[0]);
    expect((await client.next('end')).usage!.generatedTokens).toBeGreaterThan(0);
    client.send({ conversation: known.conversation, regenerate: known.assistant, options: SHORT });
    await client.next('end');
    await client.close();
  });

  test(`${ROUNDS} damaged ones get errors or answers, and the heap does not grow`, async () => {
    const random = randomNumbers(4711);
    const frames = validFrames().map((frame) => Buffer.from(JSON.stringify(frame)));
    const codes = new Map<string, number>();
    const closes = new Map<number, number>();
    const heap: number[] = [];
    let sender = await Sender.open();
    for (let round = 0; round < ROUNDS; round++) {
      if (round % FRAMES_PER_SOCKET === 0 || sender.closedWith !== undefined) {
        expectProtocolEvents(sender.events, `something before round ${round}`);
        sender.close();
        sender = await Sender.open();
      }
      const bytes = frames[round % frames.length]!;
      const damaged = damagedFrame(bytes, random);
      // Most damaged bytes are invalid UTF-8, which WebSocket itself refuses: send few of them, and valid text otherwise.
      const frame = random() < 0.1 ? damaged : Buffer.from(damaged).toString();
      const binary = random() < 0.05;
      const events = await sender.answersTo([frame, binary]);
      if (sender.closedWith === undefined && (binary || !isJson(frame)))
        expect(events.filter((event) => event.type === 'error' && event.code === 'bad_message')).not.toEqual(
          [],
        );
      for (const event of events)
        if (event.type === 'error') codes.set(event.code, (codes.get(event.code) ?? 0) + 1);
      const { closedWith } = sender;
      if (closedWith !== undefined) {
        // Invalid UTF-8 violates WebSocket itself, which closes with 1007; nothing else may close the socket.
        expect(closedWith, JSON.stringify([...damaged])).toBe(1007);
        closes.set(closedWith, (closes.get(closedWith) ?? 0) + 1);
      }
      if ((round + 1) % (ROUNDS / 4) === 0) {
        await expect.poll(() => tiny.engine.counters.running, { timeout: 20_000 }).toBe(0);
        heap.push(heapBytes());
      }
    }
    sender.close();
    console.log(
      `refusals ${JSON.stringify(Object.fromEntries(codes))}, closes ${JSON.stringify(Object.fromEntries(closes))}, heap ${heap.map((bytes) => (bytes / MIB).toFixed(1)).join(', ')} MiB`,
    );
    expect(codes.get('bad_message')).toBeGreaterThan(ROUNDS / 10);
    expect(closes.get(1007)).toBeGreaterThan(0);
    expect(heap.at(-1)! - heap[0]!).toBeLessThan(64 * MIB);
  });

  test('with every field and every option with every strange value get errors or answers', async () => {
    const sender = await Sender.open();
    const codes = new Set<string>();
    const [all] = validFrames() as [{ options: object }];
    const frames: object[] = [];
    for (const value of STRANGE) {
      for (const name of [...Object.keys(all), 'regenerate', 'edit', 'cancel', 'reset', 'resume', 'no_such'])
        frames.push({ message: 'a', options: SHORT, [name]: value }, { [name]: value });
      for (const name of [...Object.keys(all.options), 'noSuch', 'constructor'])
        frames.push({ message: 'a', options: { ...SHORT, [name]: value } });
    }
    for (const frame of frames) {
      const text = JSON.stringify(frame);
      const events = await sender.answersTo([text, false], ['{"cancel":true}', false]);
      expectProtocolEvents(events, text);
      for (const event of events) if (event.type === 'error') codes.add(event.code);
      expect(sender.closedWith, text).toBeUndefined();
    }
    expect(codes).toEqual(new Set([...codes, 'bad_message', 'bad_option', 'unknown_option', 'not_found']));
    sender.close();
  });

  test.each(RAW)('%s gets an error, and the socket stays open', async (_name, frame) => {
    const sender = await Sender.open();
    const before = sender.events.length;
    const events = await sender.answersTo([frame, typeof frame !== 'string']);
    await expect
      .poll(() => sender.events.slice(before).filter(({ type }) => type === 'error').length)
      .toBeGreaterThanOrEqual(2); // its own error, and that of the fence
    expectProtocolEvents(events, frame);
    expect(sender.events.filter(({ type }) => type === 'end')).toEqual([]);
    expect(sender.closedWith).toBeUndefined();
    sender.close();
  });

  test('a text that is not UTF-8 closes its own socket with 1007', async () => {
    const [bad, good] = await Promise.all([Sender.open(), Sender.open()]);
    await bad.answersTo([Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), false]);
    expect(bad.closedWith).toBe(1007);
    await good.answersTo(['{}', false]);
    expect(good.closedWith).toBeUndefined();
    good.close();
    await expect.poll(() => tiny.engine.counters.running).toBe(0);
  });

  test('a message with lone surrogates is answered and stored', async () => {
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

  test('each frame of a flood from one socket gets an error', async () => {
    const sender = await Sender.open();
    const flood = Array.from({ length: 2000 }, (_, i) => [`{"no_such_${i}":1}`, false] as const);
    const events = await sender.answersTo(...flood);
    expect(events).toHaveLength(flood.length);
    expectProtocolEvents(events, 'the flood');
    sender.close();
  });
});
