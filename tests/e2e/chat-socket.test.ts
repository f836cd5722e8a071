// Tests /ws/chat over real sockets: the protocol, one answer at a time, cancelling, and errors for invalid frames.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MESSAGE_LIMIT_BYTES } from '../../src/server/protocols/chat-socket/chat-command.ts';
import { ChatClient, withChatClient } from '../support/server/chat-client.ts';
import { ENDLESS_PROMPT, tinyServerForTests } from '../support/server/tiny-server.ts';

const GREEDY = { temperature: 0, maxTokens: 8 };
const LONG = { temperature: 0, maxTokens: 90 };
let steps = 0;

const tiny = tinyServerForTests({
  stepTokens: 4,
  onStep: () => {
    steps += 1;
  },
});

const withClient = (action: (client: ChatClient) => Promise<void>): Promise<void> =>
  withChatClient(tiny.url, action);

test('an answer consists of a start event, stream events and an end event', () =>
  withClient(async (client) => {
    const { text, end } = await client.ask('hello', { options: GREEDY });
    expect(client.events[0]).toMatchObject({ type: 'start', content: '' });
    expect(new Set(client.events.map(({ type }) => type))).toEqual(new Set(['start', 'stream', 'end']));
    expect(text.length).toBeGreaterThan(0);
    const prompt = (await tiny.engine.encodeChat([{ role: 'user', content: 'hello' }])).tokens.length;
    expect(end.usage).toMatchObject({ promptTokens: prompt, contextLength: 128 });
    expect(end.usage?.contextUsed).toBe(prompt + (end.usage?.generatedTokens ?? 0));
  }));

test('each turn computes only its message and its answer; all earlier tokens are cached', () =>
  withClient(async (client) => {
    let previous = (await client.ask('one', { options: GREEDY })).end.usage!;
    for (const message of ['two', 'three']) {
      const { usage } = (await client.ask(message, { options: GREEDY })).end;
      const messageTokens = usage!.promptTokens - previous.contextUsed;
      // The last token of an answer is sampled but not computed, so each turn computes the last token of the previous answer.
      expect(usage!.cachedTokens).toBe(previous.contextUsed - 1);
      expect(usage!.computedTokens).toBe(messageTokens + usage!.generatedTokens);
      previous = usage!;
    }
  }));

test.each([
  { name: 'an empty frame', frame: '', code: 'bad_message' },
  { name: 'half a JSON object', frame: '{"message":', code: 'bad_message' },
  { name: 'a list', frame: '[1]', code: 'bad_message' },
  { name: 'an unknown field', frame: '{"mesage":"x"}', code: 'bad_message: .*"message"' },
  { name: 'a number as message', frame: '{"message":7}', code: 'bad_message' },
  { name: 'an empty message', frame: '{"message":""}', code: 'bad_message' },
  { name: 'an unknown option', frame: '{"message":"x","options":{"max_tokens":3}}', code: '"maxTokens"' },
  { name: 'a bad option', frame: '{"message":"x","options":{"topP":-1}}', code: 'bad_option: .*topP' },
  { name: 'a binary frame', frame: Buffer.from('{"message":"x"}'), code: 'bad_message' },
  {
    name: 'a frame that is too large',
    frame: JSON.stringify('x'.repeat(MESSAGE_LIMIT_BYTES)),
    code: '1048576',
  },
])('the response to $name is an error, and the socket stays open', ({ frame, code }) =>
  withClient(async (client) => {
    client.socket.send(frame);
    await expect(client.next('end')).rejects.toThrow(new RegExp(code));
    expect(client.events).toHaveLength(1);
    expect((await client.ask('still there?', { options: GREEDY })).end.finishReason).toMatch(
      /^(stop|length)$/,
    );
  }),
);

test('a frame over the size limit of the server closes the socket with code 1009', async () => {
  const client = await ChatClient.open(tiny.url);
  client.socket.send('x'.repeat(16 * MESSAGE_LIMIT_BYTES + 1));
  expect((await client.closed).code).toBe(1009);
});

test('a second message during an answer is rejected, and the answer continues', () =>
  withClient(async (client) => {
    client.send({ message: ENDLESS_PROMPT, options: LONG });
    client.send({ message: 'second' });
    await expect(client.next('end')).rejects.toThrow('conversation_busy');
    expect((await client.next('end')).finishReason).not.toBe('cancelled');
  }));

test('the tokens that a cancelled turn has generated stay in the conversation', () =>
  withClient(async (client) => {
    client.send({ message: ENDLESS_PROMPT, options: LONG });
    await client.next('stream');
    client.send({ cancel: true });
    const { finishReason, usage } = await client.next('end');
    expect(finishReason).toBe('cancelled');
    expect(usage?.generatedTokens).toBeLessThan(LONG.maxTokens);
    expect(usage?.contextUsed).toBe(usage!.promptTokens + usage!.generatedTokens);
    const next = await client.ask('again', { options: GREEDY });
    expect(next.end.usage?.promptTokens).toBeGreaterThan(usage!.contextUsed);
  }));

test('a turn cancelled during its prefill leaves the conversation unchanged', () =>
  withClient(async (client) => {
    const { usage } = (await client.ask('hello', { options: GREEDY })).end;
    client.send({ message: 'a b c d e f g h i j k l m n o p q r s t', options: LONG });
    client.send({ cancel: true });
    const end = await client.next('end');
    expect(end.finishReason).toBe('cancelled');
    expect(end.usage?.generatedTokens).toBe(0);
    expect(end.usage?.contextUsed).toBe(usage?.contextUsed);
  }));

test('cancel without a running turn has no effect', () =>
  withClient(async (client) => {
    client.send({ cancel: true });
    await client.ask('hello', { options: GREEDY });
    expect(client.events.filter(({ type }) => type === 'error')).toEqual([]);
  }));

test('reset starts a new conversation, even during an answer', () =>
  withClient(async (client) => {
    const first = await client.ask('hello', { options: GREEDY });
    client.send({ message: 'more', options: LONG });
    await client.next('start');
    client.send({ reset: true });
    await client.next('reset');
    const { text, end } = await client.ask('hello', { options: GREEDY });
    expect(text).toBe(first.text);
    expect(end.usage?.promptTokens).toBe(first.end.usage?.promptTokens);
  }));

test('a system message is accepted only in the first frame or with a reset', () =>
  withClient(async (client) => {
    const withoutSystem = await client.ask('hello', { options: GREEDY });
    client.send({ message: 'x', system: 'be kind' });
    await expect(client.next('end')).rejects.toThrow('"system" is only allowed before the first message');
    const { end } = await client.ask('hello', { options: GREEDY, system: 'be kind', reset: true });
    expect(end.usage?.promptTokens).toBeGreaterThan(withoutSystem.end.usage!.promptTokens);
  }));

test('the end event contains the log-probabilities of each token', () =>
  withClient(async (client) => {
    const { end } = await client.ask('hello', { options: { ...GREEDY, logprobs: 2 } });
    expect(end.logprobs).toHaveLength(end.usage!.generatedTokens);
    for (const { token, logprob, top } of end.logprobs!) expect(top[0]).toEqual({ token, logprob });
    expect((await client.ask('hello', { options: GREEDY })).end).not.toHaveProperty('logprobs');
  }));

test('an answer for which no token is allowed ends with an error, and the conversation continues', () =>
  withClient(async (client) => {
    const badTokens = Array.from({ length: 384 }, (_, id) => [id]);
    client.send({ message: 'hello', options: { ...GREEDY, badTokens } });
    await expect(client.next('end')).rejects.toThrow(/no_token_allowed: .*384 by badWords and badTokens/);
    expect(client.events.at(-1)).toMatchObject({ type: 'error', ended: true });
    expect((await client.ask('hello', { options: GREEDY })).end.finishReason).toMatch(/^(stop|length)$/);
  }));

test('the error for a message beyond the context states its tokens and the limit, and the conversation continues', () =>
  withClient(async (client) => {
    const { usage } = (await client.ask('unlike any other', { options: GREEDY })).end;
    client.send({ message: 'word '.repeat(400) });
    await expect(client.next('end')).rejects.toThrow(/context_length_exceeded: .*\d{3,}.*128/);
    const error = client.events.at(-1);
    expect(error).toMatchObject({ type: 'error', ended: true, contextLength: 128 });
    const next = await client.ask('hi', { options: GREEDY });
    expect(next.end.usage?.cachedTokens).toBe(usage!.contextUsed - 1);
  }));

test('an answer that fills the context ends with the finish reason length and reports the used context', () =>
  withClient(async (client) => {
    const { finishReason, usage } = (await client.ask(ENDLESS_PROMPT, { options: { temperature: 0 } })).end;
    expect(finishReason).toBe('length');
    expect(usage).toMatchObject({ contextUsed: 128, contextLength: 128 });
    client.send({ message: 'more' });
    await expect(client.next('end')).rejects.toThrow(/context_length_exceeded: .*\d{3} .*128/);
  }));

test('closing a socket cancels the answer within two steps', async () => {
  const client = await ChatClient.open(tiny.url);
  client.send({ message: ENDLESS_PROMPT, options: { temperature: 0 } });
  await client.next('stream');
  client.socket.terminate();
  await sleep(50);
  const previous = steps;
  await sleep(100);
  expect(steps).toBe(previous);
});

test('conversations on different sockets are independent', async () => {
  const clients = await Promise.all([1, 2, 3].map(() => ChatClient.open(tiny.url)));
  const answers = await Promise.all(clients.map((client) => client.ask('hello', { options: GREEDY })));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  await Promise.all(clients.map((client) => client.close()));
});

test('the server rejects sockets of pages of other origins, but accepts its own page and clients without an origin', async () => {
  await expect(ChatClient.open(tiny.url, { origin: 'http://evil.example' })).rejects.toThrow('403');
  await expect(ChatClient.open(tiny.url, { origin: 'null' })).rejects.toThrow('403');
  const pageClient = await ChatClient.open(tiny.url, { origin: tiny.url });
  await pageClient.ask('hello', { options: GREEDY });
  await pageClient.close();
});
