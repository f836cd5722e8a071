// Frames that are damaged, or that mean harm: each gets an `error` event, and the server goes on; no sequence, session
// or memory is left behind.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { ChatEvent } from '../../src/server/protocols/chat-socket/chat-events.ts';
import { mutate } from '../support/faults/mutate-bytes.ts';
import { STRANGE } from '../support/faults/strange-values.ts';
import { randomNumbers, wholeBelow } from '../support/random.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const ROUNDS = process.env.QUIRE_FULL === '1' ? 10_000 : 400;
const FRAMES_PER_SOCKET = 50;
const MIB = 1024 * 1024;
const SHORT = { temperature: 0, maxTokens: 2 };

let tiny: TinyServer;
/** a conversation that is there, with ids of its messages */
let known: { readonly conversation: string; readonly user: string; readonly assistant: string };
const unhandled: unknown[] = [];
const note = (reason: unknown): number => unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  tiny = await startTinyServer();
  const client = await ChatClient.open(tiny.url);
  const { end } = await client.ask('a', { conversation: 'new', options: SHORT });
  known = { conversation: end.conversation!, ...end.messages! };
  await client.close();
});

afterAll(async () => {
  await tiny.stop();
  process.off('unhandledRejection', note);
});

/** Frames that are in order, which together have every field and every option. */
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

/** Texts of JSON that `JSON.stringify` would not write. */
const RAW: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['blanks', ' \n\t '],
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
  ['a number beyond all', '{"message":"x","options":{"maxTokens":1e999}}'],
  ['a negative number beyond all', '{"message":"x","options":{"seed":-1e999}}'],
  ['a long number', `{"message":"x","options":{"seed":${'9'.repeat(10_000)}}}`],
  ['a number as a text', '{"message":"x","options":{"temperature":"0"}}'],
  ['a long name', JSON.stringify({ ['n'.repeat(100_000)]: 1 })],
  ['many names', JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`n${i}`, i])))],
  ['many biases', JSON.stringify({ message: 'x', options: { logitBias: Array(5000).fill([1, 1]) } })],
  ['a bias of no token', '{"message":"x","options":{"logitBias":{"99999999":1}}}'],
  ['a bad token of no vocabulary', '{"message":"x","options":{"badTokens":[[99999999]]}}'],
  ['a binary frame', Buffer.from('{"message":"x"}')],
  ['binary noise', Buffer.from([0, 255, 1, 254])],
  ['an empty binary frame', Buffer.alloc(0)],
  ['a conversation that nobody has', '{"message":"x","conversation":"00000000-0000-0000-0000-000000000000"}'],
  ['a conversation named as a prototype', '{"message":"x","conversation":"__proto__"}'],
  ['an answer named as a prototype', '{"regenerate":"constructor"}'],
  ['a message named as a prototype', '{"message":"x","edit":"__proto__"}'],
  ['a watch of a number', '{"watch":1}'],
  ['a ping of no number', '{"ping":"1"}'],
  ['a ping beyond whole numbers', '{"ping":9007199254740993}'],
  ['a tag alone', '{"tag":"x"}'],
  ['a message of nothing', '{"message":""}'],
];

/** One socket to the server as bytes: what is sent is not looked at, and every event is kept. */
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
    const socket = new WebSocket(`${tiny.url.replace('http', 'ws')}/ws/chat`);
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

  /** Sends frames and waits until the server has dealt with all of them; those that came meanwhile are returned. */
  async answersTo(
    ...frames: readonly (readonly [frame: string | Uint8Array, binary: boolean])[]
  ): Promise<ChatEvent[]> {
    const from = this.events.length;
    for (const [frame, binary] of frames) this.send(frame, binary);
    const tag = `fence-${from}`;
    // Refused at once for its name, whatever else is going on, and frames are read in order.
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

/** What went out is an event of the protocol, and an error says what was wrong in few words and not where. */
function expectManners(events: readonly ChatEvent[], sent: unknown): void {
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

/** Some fields of the frames in order, thrown together, with a strange value among them now and then. */
function crossed(random: () => number): object {
  const fields = validFrames().flatMap((frame) => Object.entries(frame));
  const some = fields.filter(() => random() < 0.15);
  return Object.fromEntries(
    some.map(([name, value]) => [
      name,
      random() < 0.15 ? STRANGE[wholeBelow(random, STRANGE.length)] : value,
    ]),
  );
}

const noise = (random: () => number): Uint8Array =>
  Uint8Array.from({ length: wholeBelow(random, 200) }, () => wholeBelow(random, 256));

function isJson(frame: string | Uint8Array): boolean {
  try {
    JSON.parse(typeof frame === 'string' ? frame : Buffer.from(frame).toString());
    return true;
  } catch {
    return false;
  }
}

async function expectAlive(): Promise<void> {
  const client = await ChatClient.open(tiny.url);
  expect((await client.ask('still there?', { options: SHORT })).end.usage!.generatedTokens).toBeGreaterThan(
    0,
  );
  await client.close();
  await expect
    .poll(() => tiny.engine.counters, { timeout: 20_000 })
    .toMatchObject({ running: 0, waiting: 0 });
  expect(tiny.engine.kvUsage).toMatchObject({ reservedBytes: 0, usedBytes: 0 });
  expect(tiny.log).toEqual([]);
  expect(unhandled).toEqual([]);
  expect(({} as { message?: unknown }).message).toBeUndefined(); // no prototype was reached
}

describe('frames', () => {
  test('those that are made from, and mutated from, do what they say', async () => {
    const client = await ChatClient.open(tiny.url);
    client.send(validFrames()[0]);
    expect((await client.next('end')).usage!.generatedTokens).toBeGreaterThan(0);
    client.send({ conversation: known.conversation, regenerate: known.assistant, options: SHORT });
    await client.next('end');
    await client.close();
  });

  test(`${ROUNDS} that are damaged`, async () => {
    const random = randomNumbers(4711);
    const frames = validFrames().map((frame) => Buffer.from(JSON.stringify(frame)));
    const codes = new Map<string, number>();
    const closes = new Map<number, number>();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap: number[] = [];
    let sender = await Sender.open();
    for (let round = 0; round < ROUNDS; round++) {
      if (round % FRAMES_PER_SOCKET === 0 || sender.closedWith !== undefined) {
        expectManners(sender.events, `something before round ${round}`);
        sender.close();
        sender = await Sender.open();
      }
      const bytes = frames[round % frames.length]!;
      const damaged = damagedFrame(bytes, random);
      // As bytes most are no UTF-8 any more, and WebSocket itself refuses those: few of them, and texts otherwise.
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
        // Text that is not UTF-8 is against WebSocket itself, which answers with 1007; nothing else may close it.
        expect(closedWith, JSON.stringify([...damaged])).toBe(1007);
        closes.set(closedWith, (closes.get(closedWith) ?? 0) + 1);
      }
      if ((round + 1) % (ROUNDS / 4) === 0) {
        await expect.poll(() => tiny.engine.counters.running, { timeout: 20_000 }).toBe(0);
        collect();
        heap.push(process.memoryUsage().heapUsed);
      }
    }
    sender.close();
    console.log(
      `refusals ${JSON.stringify(Object.fromEntries(codes))}, closes ${JSON.stringify(Object.fromEntries(closes))}, heap ${heap.map((bytes) => (bytes / MIB).toFixed(1)).join(', ')} MiB`,
    );
    expect(codes.get('bad_message')).toBeGreaterThan(ROUNDS / 10);
    expect(closes.get(1007)).toBeGreaterThan(0);
    expect(heap.at(-1)! - heap[0]!).toBeLessThan(64 * MIB);
    await expectAlive();
  });

  test('every field and every option with every strange value', async () => {
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
      expectManners(events, text);
      for (const event of events) if (event.type === 'error') codes.add(event.code);
      expect(sender.closedWith, text).toBeUndefined();
    }
    expect(codes).toEqual(new Set([...codes, 'bad_message', 'bad_option', 'unknown_option', 'not_found']));
    sender.close();
    await expectAlive();
  });

  test.each(RAW)('%s', async (_name, frame) => {
    const sender = await Sender.open();
    const before = sender.events.length;
    const events = await sender.answersTo([frame, typeof frame !== 'string']);
    await expect
      .poll(() => sender.events.slice(before).filter(({ type }) => type === 'error').length)
      .toBeGreaterThanOrEqual(2); // its own refusal, and that of the fence
    expectManners(events, frame);
    expect(sender.events.filter(({ type }) => type === 'end')).toEqual([]);
    expect(sender.closedWith).toBeUndefined();
    sender.close();
    await expectAlive();
  });

  test('a text that is not UTF-8 closes the socket with 1007, and no other', async () => {
    const [bad, good] = await Promise.all([Sender.open(), Sender.open()]);
    await bad.answersTo([Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), false]);
    expect(bad.closedWith).toBe(1007);
    await good.answersTo(['{}', false]);
    expect(good.closedWith).toBeUndefined();
    good.close();
    await expect.poll(() => tiny.engine.counters.running).toBe(0);
    // The library's complaint about the client is logged, and nothing else.
    await expectAlive();
  });

  test('a lone surrogate is a text like any other, and comes back in valid JSON', async () => {
    const client = await ChatClient.open(tiny.url);
    client.socket.send(
      '{"message":"\\ud800 and \\udc00","conversation":"new","tag":"\\ud83d","options":{"maxTokens":2}}',
    );
    const { conversation } = await client.next('end');
    const read = await fetch(`${tiny.url}/conversations/${conversation}`);
    expect(read.status).toBe(200);
    expect(((await read.json()) as { messages: unknown[] }).messages).toHaveLength(2);
    await client.close();
    await expectAlive();
  });

  test('a flood of frames from one socket, of which none is answered with silence', async () => {
    const sender = await Sender.open();
    const flood = Array.from({ length: 2000 }, (_, i) => [`{"no_such_${i}":1}`, false] as const);
    const events = await sender.answersTo(...flood);
    expect(events).toHaveLength(flood.length);
    expectManners(events, 'the flood');
    sender.close();
    await expectAlive();
  });
});
