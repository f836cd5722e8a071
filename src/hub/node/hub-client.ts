// Sends one request to the hub. Redirects are followed here, because the token must not be sent to another host, and a server
// that sends nothing times out. Retries are left to the caller, which has the bytes received so far.

import { abortError, QuireError } from '../../base/errors.ts';
import { badAnswer } from '../bad-answer.ts';
import type { HubReference } from '../hub-reference.ts';
import { refusedRequest } from '../refused-request.ts';
import type { RetryTiming } from '../retry-delay.ts';
import type { HubSettings } from './hub-settings.ts';
import { TransientFailure } from './transient-failure.ts';
import { Watchdog } from './watchdog.ts';

export interface HubTiming extends RetryTiming {
  /** timeout of a server that sends nothing */
  readonly stallMs: number;
}

export interface HubRequest {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** statuses besides 2xx that the caller handles */
  readonly accept?: readonly number[];
}

export interface HubResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Chunks of the body. Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection without reading the body. */
  discard(): Promise<void>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_TEXT_BYTES = 64 * 2 ** 20; // far above the size of any listing

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
   * Requests `path` below the endpoint. A HEAD request is not redirected to another host, because the checksum is in the
   * response of the hub. Rejects with `TransientFailure`, the error of a refused request, `bad_hub_answer`, or the reason of
   * the signal.
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

  /** Reads the full body as text. Rejects like `open`. */
  async text(response: HubResponse): Promise<string> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of response.body) {
      bytes += piece.byteLength;
      if (bytes > MAX_TEXT_BYTES)
        throw badAnswer(`${this.settings.endpoint} sent more than ${MAX_TEXT_BYTES} bytes of text`);
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
      const next = this.#redirectTarget(url, location);
      if (method === 'HEAD' && next.origin !== url.origin) {
        return { response: new Response(null, { status: 200, headers: response.headers }), url };
      }
      await discardBody(response);
      url = next;
    }
    throw badAnswer(`${this.settings.endpoint} redirected more than ${MAX_REDIRECTS} times`);
  }

  #headersFor(url: URL): Record<string, string> {
    // No compression: sizes and ranges refer to the bytes of the file.
    const headers = { 'accept-encoding': 'identity', 'user-agent': 'quire' };
    const { endpoint, token } = this.settings;
    if (token === undefined || url.origin !== new URL(endpoint).origin) return headers;
    return { ...headers, authorization: `Bearer ${token}` };
  }

  #redirectTarget(from: URL, location: string): URL {
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const usable = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === '';
    const downgrade = from.protocol === 'https:' && url?.protocol !== 'https:';
    if (usable && !downgrade) return url;
    throw badAnswer(`${from.origin} redirected to ${JSON.stringify(location.slice(0, 200))}`);
  }

  #failure(response: Response, url: URL): Error {
    const { status, headers } = response;
    const { endpoint, token } = this.settings;
    // Signed links to another host expire and then give 403: a retry gets a new link.
    const expired = status === 403 && url.origin !== new URL(endpoint).origin;
    if (expired || status >= 500 || status === 408 || status === 429) {
      const retryAfter = headers.get('retry-after') ?? undefined;
      return new TransientFailure(`${url.origin} responded with ${status}`, { retryAfter });
    }
    const errorCode = headers.get('x-error-code') ?? undefined;
    return refusedRequest({ status, errorCode, endpoint, wanted: this.#wanted, token: token !== undefined });
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
      await reader.cancel().catch(() => {}); // it has failed already
    }
  }

  #explain(error: unknown, watchdog: Watchdog): unknown {
    if (this.signal?.aborted) return abortError(this.signal);
    if (error instanceof QuireError || error instanceof TransientFailure) return error;
    const { endpoint } = this.settings;
    const what = watchdog.timedOut
      ? `${endpoint} sent nothing for ${this.timing.stallMs / 1000} s`
      : `the connection to ${endpoint} failed: ${networkMessage(error)}`;
    return new TransientFailure(what, { cause: error });
  }
}

// Closes the connection if it is open; the body may have failed already.
async function discardBody({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}

// Errors of fetch say "fetch failed" or "terminated"; the cause has the reason.
function networkMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? `${cause.message} (${String(cause.code)})` : cause.message;
}
