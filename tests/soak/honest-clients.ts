// Well-behaved clients, each with its own API key. A round always consists of the same requests, so its answers must be the
// same too, whatever else the server does meanwhile.

import type { Browser } from 'playwright-core';
import { ChatPage } from '../page/chat-page.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { bearer, postJson } from '../support/server/http-calls.ts';

export interface HonestClient {
  readonly name: string;
  readonly key: string;
  /** Sends all requests once; rejects with `Refused` where the server refuses one. */
  round(url: string): Promise<readonly string[]>;
}

/** A refusal: over HTTP, during a stream, or as an event of a socket. */
export class Refused extends Error {
  readonly code: string;
  readonly status: number | undefined;

  constructor(code: string, status?: number, detail = '') {
    super(`${status ?? ''} ${code} ${detail}`.trim());
    this.code = code;
    this.status = status;
  }
}

/** The page shows a turn that did not succeed. */
export class TurnFailed extends Error {
  override readonly name = 'TurnFailed';
}

const GREEDY = { temperature: 0 };
const SEEDED = { temperature: 0.9, seed: 7 };
const LIMIT = 40;
const PAGE_TIMEOUT_MS = 120_000;

export function honestClients(browser?: Browser): HonestClient[] {
  const clients = [
    { name: 'chat', round: plainChat },
    { name: 'chat, streamed', round: streamedChat },
    { name: 'completions', round: completions },
    { name: 'socket', round: socketTurns },
  ].map(({ name, round }, i): HonestClient => {
    const key = `honest-${i}`;
    return { name, key, round: (url) => round(url, key) };
  });
  if (browser === undefined) return clients;
  return [
    ...clients,
    { name: 'page', key: 'honest-page', round: (url) => pageTurns(browser, url, 'honest-page') },
  ];
}

async function plainChat(url: string, key: string): Promise<string[]> {
  const answers: string[] = [];
  const messages: object[] = [{ role: 'system', content: 'Answer in one sentence.' }];
  for (const [content, sampling] of [
    ['What is the capital of France?', GREEDY],
    ['Thank you. My name is Ada. What about Italy?', SEEDED],
  ] as const) {
    messages.push({ role: 'user', content });
    const body = { messages, ...sampling, max_tokens: LIMIT, logprobs: true };
    const { choices } = (await json(url, key, '/v1/chat/completions', body)) as ChatAnswer;
    messages.push({ role: 'assistant', content: choices[0]!.message.content });
    answers.push(JSON.stringify(choices));
  }
  return answers;
}

async function streamedChat(url: string, key: string): Promise<string[]> {
  const answers: string[] = [];
  for (const [content, sampling] of [
    ['What is the longest river in the world?', GREEDY],
    ['今天北京天气怎么样？', SEEDED],
  ] as const) {
    const messages = [{ role: 'user', content }];
    const body = { messages, ...sampling, max_tokens: LIMIT, stream: true };
    const response = await post(url, key, '/v1/chat/completions', body);
    const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('data: '));
    if (events.at(-1) !== 'data: [DONE]') throw new Refused('stream_cut');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)) as Chunk);
    const failed = chunks.find(({ error }) => error !== undefined);
    if (failed?.error !== undefined) throw new Refused(failed.error.code);
    const deltas = chunks.flatMap(({ choices }) => choices);
    const text = deltas.map(({ delta }) => delta.content ?? '').join('');
    answers.push(`${text} (${deltas.at(-1)?.finish_reason})`);
  }
  return answers;
}

async function completions(url: string, key: string): Promise<string[]> {
  const body = { prompt: ['The capital of Spain is', 'My name is'], max_tokens: 24, logprobs: 2 };
  const rounds = [GREEDY, { ...SEEDED, n: 2 }].map(async (sampling) => {
    const { choices } = (await json(url, key, '/v1/completions', { ...body, ...sampling })) as {
      choices: unknown;
    };
    return JSON.stringify(choices);
  });
  return Promise.all(rounds);
}

async function socketTurns(url: string, key: string): Promise<string[]> {
  const socket = await ChatClient.open(url, { key });
  try {
    const ask = async (message: string | undefined, more: object): Promise<[string, string]> => {
      const asked = { options: { ...GREEDY, maxTokens: LIMIT }, ...more };
      const { text, end } = await socket.ask(message as string, asked).catch(asRefusal);
      return [`${text} (${end.finishReason})`, end.conversation ?? ''];
    };
    const [first, conversation] = await ask('Hello! My name is Ada.', { conversation: 'new' });
    const [second] = await ask('What is my name?', { conversation });
    const seeded = { options: { ...SEEDED, maxTokens: LIMIT } };
    const [third] = await ask(undefined, { conversation, regenerate: true, ...seeded });
    await remove(url, key, conversation);
    return [first, second, third];
  } finally {
    await socket.close();
  }
}

async function pageTurns(browser: Browser, url: string, key: string): Promise<string[]> {
  // The conversation stores its sampling options, so that the page gets the same answers each time.
  const { id } = (await json(url, key, '/conversations', { sampling: { ...GREEDY, maxTokens: LIMIT } })) as {
    id: string;
  };
  const chat = await ChatPage.open(browser, `${url}/#${id}`, {}, async (page) => {
    page.setDefaultTimeout(PAGE_TIMEOUT_MS);
    await page.addInitScript({ content: `sessionStorage.setItem('quire.key', ${JSON.stringify(key)})` });
  });
  try {
    const answers = [await askPage(chat, 'Hello! My name is Ada.'), await askPage(chat, 'What is my name?')];
    await remove(url, key, id);
    return answers;
  } finally {
    await chat.close();
  }
}

async function askPage(chat: ChatPage, text: string): Promise<string> {
  await chat.send(text);
  await chat.waitForPhase('done', 'failed', 'stopped');
  if ((await chat.turns.last().getAttribute('data-phase')) !== 'done') throw new TurnFailed();
  return (await chat.answer.textContent()) ?? '';
}

interface ChatAnswer {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

interface Chunk {
  readonly choices: readonly {
    readonly delta: { readonly content?: string };
    readonly finish_reason: string | null;
  }[];
  readonly error?: { readonly code: string };
}

async function post(url: string, key: string, path: string, body: object): Promise<Response> {
  const response = await postJson(url + path, body, bearer(key));
  if (!response.ok) throw await refusalOf(response);
  return response;
}

async function refusalOf(response: Response): Promise<Refused> {
  const text = await response.text();
  return new Refused(/"code":"(\w+)"/.exec(text)?.[1] ?? text.slice(0, 100), response.status);
}

async function json(url: string, key: string, path: string, body: object): Promise<unknown> {
  return (await post(url, key, path, body)).json();
}

async function remove(url: string, key: string, conversation: string): Promise<void> {
  const response = await fetch(`${url}/conversations/${conversation}`, {
    method: 'DELETE',
    headers: bearer(key),
  });
  if (!response.ok) throw await refusalOf(response);
}

// The client of the chat socket throws `CODE: MESSAGE`.
function asRefusal(error: unknown): never {
  const [, code, detail] = /^(\w+): (.*)/.exec(error instanceof Error ? error.message : '') ?? [];
  throw code === undefined ? error : new Refused(code, undefined, detail);
}
