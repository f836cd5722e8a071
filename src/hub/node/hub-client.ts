// Sends requests to the hub. This client follows redirects itself, because the token must not be sent to another host,
// and aborts a request if the server sends nothing. The caller retries, because it has the bytes received so far.

import { abortError, QuireError } from '../../base/errors.ts';
import { badHubResponse } from '../bad-hub-response.ts';
import type { HubReference } from '../hub-reference.ts';
import { refusedRequestError } from '../refused-request.ts';
import type { RetryTiming } from '../retry-delay.ts';
import type { HubSettings } from './hub-settings.ts';
import { TransientFailure } from './transient-failure.ts';
import { Watchdog } from './watchdog.ts';

export interface HubTiming extends RetryTiming {
  /** time without data after which a request is aborted */
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
  /** Chunks of the body. Ending the iteration early closes the connection. */
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
  readonly #reference: HubReference;

  constructor(
    settings: HubSettings,
    reference: HubReference,
    options: { readonly timing: HubTiming; readonly signal: AbortSignal | undefined },
  ) {
    this.settings = settings;
    this.#reference = reference;
    this.timing = options.timing;
    this.signal = options.signal;
  }

  /**
   * Requests `path` below the endpoint. A HEAD request does not follow redirects to another host, because the checksum
   * is in the response of the hub. Rejects with `TransientFailure`, the error of a refused request, `bad_hub_answer`,
   * or the reason of the signal.
   */
  async open(path: string, request: HubRequest = {}): Promise<HubResponse> {
    const watchdog = new Watchdog(this.timing.stallMs, this.signal);
    try {
      const { response, url } = await this.#fetchWithRedirects(
        `${this.settings.endpoint}${path}`,
        request,
        watchdog,
      );
      const { status } = response;
      if (!response.ok && request.accept?.includes(status) !== true) {
        await discardBody(response);
        throw this.#failure(response, url);
      }
      const discard = (): Promise<void> => discardBody(response);
      return { status, headers: response.headers, body: this.#read(response, watchdog), discard };
    } catch (error) {
      throw this.#convertError(error, watchdog);
    }
  }

  /** Reads the full body as text. Rejects like `open`. */
  async text(response: HubResponse): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      if (bytes > MAX_TEXT_BYTES)
        throw badHubResponse(`${this.settings.endpoint} sent more than ${MAX_TEXT_BYTES} bytes of text`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  async #fetchWithRedirects(
    firstUrl: string,
    request: HubRequest,
    watchdog: Watchdog,
  ): Promise<{ response: Response; url: URL }> {
    const method = request.method ?? 'GET';
    let url = new URL(firstUrl);
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
    throw badHubResponse(`${this.settings.endpoint} redirected more than ${MAX_REDIRECTS} times`);
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
    const isUsable =
      url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === '';
    const isDowngrade = from.protocol === 'https:' && url?.protocol !== 'https:';
    if (isUsable && !isDowngrade) return url;
    throw badHubResponse(`${from.origin} redirected to ${JSON.stringify(location.slice(0, 200))}`);
  }

  #failure(response: Response, url: URL): Error {
    const { status, headers } = response;
    const { endpoint, token } = this.settings;
    // Another host responds with 403 if a signed link has expired: a retry gets a new link.
    const isExpired = status === 403 && url.origin !== new URL(endpoint).origin;
    if (isExpired || status >= 500 || status === 408 || status === 429) {
      const retryAfter = headers.get('retry-after') ?? undefined;
      return new TransientFailure(`${url.origin} responded with ${status}`, { retryAfter });
    }
    const errorCode = headers.get('x-error-code') ?? undefined;
    return refusedRequestError({
      status,
      errorCode,
      endpoint,
      reference: this.#reference,
      tokenSent: token !== undefined,
    });
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
      throw this.#convertError(error, watchdog);
    } finally {
      await reader.cancel().catch(() => {}); // the stream may have failed
    }
  }

  #convertError(error: unknown, watchdog: Watchdog): unknown {
    if (this.signal?.aborted) return abortError(this.signal);
    if (error instanceof QuireError || error instanceof TransientFailure) return error;
    const { endpoint } = this.settings;
    const message = watchdog.timedOut
      ? `${endpoint} sent nothing for ${this.timing.stallMs / 1000} s`
      : `the connection to ${endpoint} failed: ${networkMessage(error)}`;
    return new TransientFailure(message, { cause: error });
  }
}

// Closes the connection if it is open. Errors are ignored, because the body may have failed.
async function discardBody({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}

// The message of a fetch error is "fetch failed" or "terminated"; the reason is in its cause.
function networkMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? `${cause.message} (${String(cause.code)})` : cause.message;
}
