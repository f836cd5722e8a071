// The well-behaved clients of the soak test, each with a different API key. A round of a client always consists of the same
// requests, so the answers must always be the same too, whatever other clients do.

import type { Browser } from 'playwright-core';
import { ChatPage } from '../page/chat-page.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { bearer, postJson } from '../support/server/http-calls.ts';

export interface HonestClient {
  readonly name: string;
  readonly key: string;
  /** Sends all requests once. Returns the answers; rejects with `RequestRejected` if the server rejects a request. */
  round(url: string): Promise<readonly string[]>;
}

/** The server rejected a request: with an HTTP status, during a stream, or with an event of a socket. */
export class RequestRejected extends Error {
  readonly code: string;
  readonly status: number | undefined;

  constructor(code: string, status?: number, detail = '') {
    super(`${status ?? ''} ${code} ${detail}`.trim());
    this.code = code;
    this.status = status;
  }
}

/** A turn failed on the web page. */
export class TurnFailed extends Error {
  override readonly name = 'TurnFailed';
}

const GREEDY = { temperature: 0 };
const SEEDED = { temperature: 0.9, seed: 7 };
const MAX_TOKENS = 40;
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
    const body = { messages, ...sampling, max_tokens: MAX_TOKENS, logprobs: true };
    const { choices } = (await postForJson(url, key, '/v1/chat/completions', body)) as ChatAnswer;
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
    const body = { messages, ...sampling, max_tokens: MAX_TOKENS, stream: true };
    const response = await post(url, key, '/v1/chat/completions', body);
    const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('data: '));
    if (events.at(-1) !== 'data: [DONE]') throw new RequestRejected('stream_incomplete');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)) as Chunk);
    const errorChunk = chunks.find(({ error }) => error !== undefined);
    if (errorChunk?.error !== undefined) throw new RequestRejected(errorChunk.error.code);
    const deltas = chunks.flatMap(({ choices }) => choices);
    const text = deltas.map(({ delta }) => delta.content ?? '').join('');
    answers.push(`${text} (${deltas.at(-1)?.finish_reason})`);
  }
  return answers;
}

async function completions(url: string, key: string): Promise<string[]> {
  const body = { prompt: ['The capital of Spain is', 'My name is'], max_tokens: 24, logprobs: 2 };
  const answers = [GREEDY, { ...SEEDED, n: 2 }].map(async (sampling) => {
    const { choices } = (await postForJson(url, key, '/v1/completions', { ...body, ...sampling })) as {
      choices: unknown;
    };
    return JSON.stringify(choices);
  });
  return Promise.all(answers);
}

async function socketTurns(url: string, key: string): Promise<string[]> {
  const socket = await ChatClient.open(url, { key });
  try {
    const send = async (message: string | undefined, fields: object): Promise<[string, string]> => {
      const frameFields = { options: { ...GREEDY, maxTokens: MAX_TOKENS }, ...fields };
      const { text, end } = await socket.ask(message as string, frameFields).catch(throwRejection);
      return [`${text} (${end.finishReason})`, end.conversation ?? ''];
    };
    const [first, conversation] = await send('Hello! My name is Ada.', { conversation: 'new' });
    const [second] = await send('What is my name?', { conversation });
    const seeded = { options: { ...SEEDED, maxTokens: MAX_TOKENS } };
    const [third] = await send(undefined, { conversation, regenerate: true, ...seeded });
    await removeConversation(url, key, conversation);
    return [first, second, third];
  } finally {
    await socket.close();
  }
}

async function pageTurns(browser: Browser, url: string, key: string): Promise<string[]> {
  // The conversation stores its sampling options, so that the page gets the same answers each time.
  const { id } = (await postForJson(url, key, '/conversations', {
    sampling: { ...GREEDY, maxTokens: MAX_TOKENS },
  })) as {
    id: string;
  };
  const chat = await ChatPage.open(browser, `${url}/#${id}`, {}, async (page) => {
    page.setDefaultTimeout(PAGE_TIMEOUT_MS);
    await page.addInitScript({ content: `sessionStorage.setItem('quire.key', ${JSON.stringify(key)})` });
  });
  try {
    const answers = [
      await sendOnPage(chat, 'Hello! My name is Ada.'),
      await sendOnPage(chat, 'What is my name?'),
    ];
    await removeConversation(url, key, id);
    return answers;
  } finally {
    await chat.close();
  }
}

async function sendOnPage(chat: ChatPage, text: string): Promise<string> {
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
  if (!response.ok) throw await rejectionOf(response);
  return response;
}

async function rejectionOf(response: Response): Promise<RequestRejected> {
  const text = await response.text();
  return new RequestRejected(/"code":"(\w+)"/.exec(text)?.[1] ?? text.slice(0, 100), response.status);
}

async function postForJson(url: string, key: string, path: string, body: object): Promise<unknown> {
  return (await post(url, key, path, body)).json();
}

async function removeConversation(url: string, key: string, conversation: string): Promise<void> {
  const response = await fetch(`${url}/conversations/${conversation}`, {
    method: 'DELETE',
    headers: bearer(key),
  });
  if (!response.ok) throw await rejectionOf(response);
}

// Converts an error of ChatClient, whose message is `CODE: MESSAGE`.
function throwRejection(error: unknown): never {
  const [, code, detail] = /^(\w+): (.*)/.exec(error instanceof Error ? error.message : '') ?? [];
  throw code === undefined ? error : new RequestRejected(code, undefined, detail);
}
