// The HTTP requests of docs/chat-protocol.md. An error response is thrown as an ApiError with its HTTP status. URLs are
// relative to the page, which may be served under any path.

import { keyHeaders } from './access-key.ts';
import type {
  ContextPolicy,
  ConversationSummary,
  Sampling,
  StoredConversation,
} from './stored-conversation.ts';

export class ApiError extends Error {
  /** HTTP status; 0 if the server could not be reached */
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

/** A conversation with its messages, and the fields of its list entry. */
export type FullConversation = StoredConversation & ConversationSummary;

export type ExportFormat = 'json' | 'markdown';

export interface ConversationPage {
  readonly items: readonly ConversationSummary[];
  /** cursor of the next page; undefined at the end */
  readonly next: string | undefined;
}

/** Conversations per page of the list. */
export const PAGE_SIZE = 40;

export class ApiClient {
  readonly #getKey: () => string;

  /** @param getKey returns the API key; an empty string if there is none */
  constructor(getKey: () => string) {
    this.#getKey = getKey;
  }

  /** @param before `next` of the previous page */
  async list(search: string, before: string | undefined): Promise<ConversationPage> {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (search) query.set('search', search);
    if (before !== undefined) query.set('before', before);
    const { conversations, next } = await this.#json<ListResponse>(`conversations?${query}`);
    return { items: conversations, next: next ?? undefined };
  }

  get(id: string): Promise<FullConversation> {
    return this.#json(pathOf(id));
  }

  /** Returns the changed conversation with its messages. */
  async change(id: string, changes: ConversationChanges): Promise<FullConversation> {
    const changedConversation = await this.#json<Partial<FullConversation>>(pathOf(id), 'PATCH', changes);
    return changedConversation.messages ? (changedConversation as FullConversation) : this.get(id);
  }

  async remove(id: string): Promise<void> {
    await this.#send(pathOf(id), 'DELETE');
  }

  fork(id: string, message: string | undefined): Promise<ConversationSummary> {
    return this.#json(`${pathOf(id)}/fork`, 'POST', message === undefined ? {} : { message });
  }

  async exportFile(id: string, format: ExportFormat): Promise<Blob> {
    return (await this.#send(`${pathOf(id)}/export?format=${format}`)).blob();
  }

  /** @param exported an exported conversation or an array of exported conversations, as parsed JSON */
  async importConversations(exported: object): Promise<readonly ConversationSummary[]> {
    return (await this.#json<ListResponse>('conversations/import', 'POST', exported)).conversations;
  }

  settings(): Promise<unknown> {
    return this.#json('settings/page');
  }

  async saveSettings(settings: object): Promise<void> {
    await this.#send('settings/page', 'PUT', settings);
  }

  async #json<Body>(path: string, method = 'GET', body?: object): Promise<Body> {
    return (await this.#send(path, method, body)).json();
  }

  async #send(path: string, method = 'GET', body?: object): Promise<Response> {
    const headers = { ...keyHeaders(this.#getKey()), ...(body && { 'content-type': 'application/json' }) };
    const response = await fetch(path, {
      method,
      headers,
      cache: 'no-store',
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new ApiError(0, 'unreachable', String(error));
    });
    if (!response.ok) throw await errorFrom(response);
    return response;
  }
}

interface ListResponse {
  readonly conversations: readonly ConversationSummary[];
  readonly next?: string | null;
}

const pathOf = (id: string): string => `conversations/${encodeURIComponent(id)}`;

/** Converts an error response to an ApiError. */
async function errorFrom(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => undefined);
  const { code = '', message = response.statusText } = body?.error ?? {};
  return new ApiError(response.status, String(code), String(message));
}
