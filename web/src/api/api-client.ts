// The requests of docs/chat-protocol.md. A refusal becomes an ApiError that keeps the status: what a 401 or a 404
// means for the page is decided by who asked. Addresses are relative to the page, which may be under any path.

import { PAGE_SIZE } from '../state/conversation-list-state.ts';
import { keyHeaders } from './access-key.ts';
import type { ContextPolicy, Sampling, StoredConversation, Topic } from './stored-conversation.ts';

export class ApiError extends Error {
  /** 0 when the server could not be reached */
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface ConversationChanges {
  readonly title?: string;
  readonly head?: string;
  readonly contextPolicy?: ContextPolicy;
  readonly sampling?: Sampling;
  readonly model?: string;
}

/** A conversation in full, and what the list shows of it. */
export type ConversationAnswer = StoredConversation & Topic;

export type ExportFormat = 'json' | 'markdown';

export interface TopicPage {
  readonly topics: readonly Topic[];
  /** where the list goes on; undefined at its end */
  readonly next: string | undefined;
}

export class ApiClient {
  readonly #key: () => string;

  /** @param key the key to show, empty for none */
  constructor(key: () => string) {
    this.#key = key;
  }

  /** @param before the `next` of the page before */
  async list(search: string, before: string | undefined): Promise<TopicPage> {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (search) query.set('search', search);
    if (before !== undefined) query.set('before', before);
    const { conversations, next } = await this.#json<ListAnswer>(`conversations?${query}`);
    return { topics: conversations, next: next ?? undefined };
  }

  get(id: string): Promise<ConversationAnswer> {
    return this.#json(path(id));
  }

  /** The conversation as it is then, with its messages. */
  async change(id: string, changes: ConversationChanges): Promise<ConversationAnswer> {
    const answer = await this.#json<Partial<ConversationAnswer>>(path(id), 'PATCH', changes);
    return answer.messages ? (answer as ConversationAnswer) : this.get(id);
  }

  async remove(id: string): Promise<void> {
    await this.#send(path(id), 'DELETE');
  }

  fork(id: string, message: string | undefined): Promise<Topic> {
    return this.#json(`${path(id)}/fork`, 'POST', message === undefined ? {} : { message });
  }

  async exportFile(id: string, format: ExportFormat): Promise<Blob> {
    return (await this.#send(`${path(id)}/export?format=${format}`)).blob();
  }

  /** @param exported one export as JSON, or a list of them */
  async importAll(exported: object): Promise<readonly Topic[]> {
    return (await this.#json<ListAnswer>('conversations/import', 'POST', exported)).conversations;
  }

  settings(): Promise<unknown> {
    return this.#json('settings/page');
  }

  async keepSettings(settings: object): Promise<void> {
    await this.#send('settings/page', 'PUT', settings);
  }

  async #json<Answer>(address: string, method = 'GET', body?: object): Promise<Answer> {
    return (await this.#send(address, method, body)).json();
  }

  async #send(address: string, method = 'GET', body?: object): Promise<Response> {
    const headers = { ...keyHeaders(this.#key()), ...(body && { 'content-type': 'application/json' }) };
    const response = await fetch(address, {
      method,
      headers,
      cache: 'no-store',
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new ApiError(0, 'unreachable', String(error));
    });
    if (!response.ok) throw await refusal(response);
    return response;
  }
}

interface ListAnswer {
  readonly conversations: readonly Topic[];
  readonly next?: string | null;
}

const path = (id: string): string => `conversations/${encodeURIComponent(id)}`;

/** The error that the server told, in one of the two shapes in which servers tell it. */
async function refusal(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => undefined);
  const { code = '', message = response.statusText } = body?.error ?? {};
  return new ApiError(response.status, String(code), String(message));
}
