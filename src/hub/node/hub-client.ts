// One request to the hub: redirects followed by hand, because the token may go to the hub and to no other
// host, and a server that falls silent given up. Trying again is left to the caller, who knows what it has.

import { abortError, QuireError } from '../../base/errors.ts';
import { badAnswer } from '../bad-answer.ts';
import type { HubReference } from '../hub-reference.ts';
import { refusal } from '../refusal.ts';
import type { RetryTiming } from '../retry-delay.ts';
import type { HubSettings } from './hub-settings.ts';
import { TransientFailure } from './transient-failure.ts';
import { Watchdog } from './watchdog.ts';

export interface HubTiming extends RetryTiming {
  /** a server that sends nothing for so long is given up */
  readonly stallMs: number;
}

export interface HubRequest {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** statuses besides 2xx that the caller understands */
  readonly accept?: readonly number[];
}

export interface HubResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Pieces as they come. Ending early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection without reading the body. */
  discard(): Promise<void>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_TEXT_BYTES = 64 * 2 ** 20; // far above any listing

export class HubClient {
  readonly settings: HubSettings;
  readonly timing: HubTiming;
  readonly signal: AbortSignal | undefined;
  readonly #wanted: HubReference;

  constructor(
    settings: HubSettings,
    wanted: HubReference,
    options: { readonly timing: HubTiming; readonly signal: AbortSignal | undefined },
  ) {
    this.settings = settings;
    this.#wanted = wanted;
    this.timing = options.timing;
    this.signal = options.signal;
  }

  /**
   * Asks for `path` below the endpoint. A HEAD request ends at the first answer that leaves the host, because
   * it is the hub that knows a file's checksum.
   * Throws `TransientFailure`, a refusal, `bad_hub_answer`, or the signal's reason.
   */
  async open(path: string, request: HubRequest = {}): Promise<HubResponse> {
    const watchdog = new Watchdog(this.timing.stallMs, this.signal);
    try {
      const { response, url } = await this.#follow(`${this.settings.endpoint}${path}`, request, watchdog);
      const { status } = response;
      if (!response.ok && request.accept?.includes(status) !== true) {
        await discardBody(response);
        throw this.#failure(response, url);
      }
      const discard = (): Promise<void> => discardBody(response);
      return { status, headers: response.headers, body: this.#read(response, watchdog), discard };
    } catch (error) {
      throw this.#explain(error, watchdog);
    }
  }

  /** The whole body as text. Throws as `open` does. */
  async text(response: HubResponse): Promise<string> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of response.body) {
      bytes += piece.byteLength;
      if (bytes > MAX_TEXT_BYTES) throw badAnswer(`${this.settings.endpoint} answered with no end`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  }

  async #follow(
    start: string,
    request: HubRequest,
    watchdog: Watchdog,
  ): Promise<{ response: Response; url: URL }> {
    const method = request.method ?? 'GET';
    let url = new URL(start);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const headers = { ...request.headers, ...this.#headersFor(url) };
      const { signal } = watchdog;
      const response = await watchdog.watch(fetch(url.href, { method, headers, redirect: 'manual', signal }));
      const location = response.headers.get('location');
      if (!REDIRECTS.includes(response.status) || location === null) return { response, url };
      const next = this.#redirected(url, location);
      if (method === 'HEAD' && next.origin !== url.origin) {
        return { response: new Response(null, { status: 200, headers: response.headers }), url };
      }
      await discardBody(response);
      url = next;
    }
    throw badAnswer(`${this.settings.endpoint} redirects more than ${MAX_REDIRECTS} times`);
  }

  #headersFor(url: URL): Record<string, string> {
    // Identity: sizes and ranges count the file's own bytes.
    const headers = { 'accept-encoding': 'identity', 'user-agent': 'quire' };
    const { endpoint, token } = this.settings;
    if (token === undefined || url.origin !== new URL(endpoint).origin) return headers;
    return { ...headers, authorization: `Bearer ${token}` };
  }

  #redirected(from: URL, location: string): URL {
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const usable = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === '';
    const weaker = from.protocol === 'https:' && url?.protocol !== 'https:';
    if (usable && !weaker) return url;
    throw badAnswer(`${from.origin} redirects to ${JSON.stringify(location.slice(0, 200))}`);
  }

  #failure(response: Response, url: URL): Error {
    const { status, headers } = response;
    const { endpoint, token } = this.settings;
    // Links of the hub to another host run out, which that host calls forbidden: the next try gets a new one.
    const ranOut = status === 403 && url.origin !== new URL(endpoint).origin;
    if (ranOut || status >= 500 || status === 408 || status === 429) {
      const retryAfter = headers.get('retry-after') ?? undefined;
      return new TransientFailure(`${url.origin} answered ${status}`, { retryAfter });
    }
    const errorCode = headers.get('x-error-code') ?? undefined;
    return refusal({ status, errorCode, endpoint, wanted: this.#wanted, token: token !== undefined });
  }

  async *#read(response: Response, watchdog: Watchdog): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    try {
      for (;;) {
        const { done, value } = await watchdog.watch(reader.read());
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw this.#explain(error, watchdog);
    } finally {
      await reader.cancel().catch(() => {}); // failed already, or closed by this
    }
  }

  #explain(error: unknown, watchdog: Watchdog): unknown {
    if (this.signal?.aborted) return abortError(this.signal);
    if (error instanceof QuireError || error instanceof TransientFailure) return error;
    const { endpoint } = this.settings;
    const what = watchdog.barked
      ? `${endpoint} sent nothing for ${this.timing.stallMs / 1000} s`
      : `the connection to ${endpoint} failed: ${networkMessage(error)}`;
    return new TransientFailure(what, { cause: error });
  }
}

// Closes the connection as far as it is open; a body that failed already has nothing left to close.
async function discardBody({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}

// What fetch throws says "fetch failed" or "terminated"; its cause says why.
function networkMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? `${cause.message} (${String(cause.code)})` : cause.message;
}
