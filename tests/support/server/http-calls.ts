// HTTP requests with JSON bodies and API keys.

export type Headers = Readonly<Record<string, string>>;

export interface CallOptions {
  /** sent as JSON; by default the request has no body */
  readonly body?: unknown;
  /** API key, sent as a header */
  readonly key?: string | undefined;
}

/** Returns the header that contains an API key. */
export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Returns options of `fetch` that post `body` as JSON. Strings and bytes are sent unchanged. */
export const jsonPost = (body: unknown, headers: Headers = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
});

/** Posts `body` as JSON. Strings and bytes are sent unchanged. */
export const postJson = (url: string, body: unknown, headers?: Headers): Promise<Response> =>
  fetch(url, jsonPost(body, headers));

/** Sends a request and reads the whole response. The type of `json` is `any`; tests check the value. */
export async function call(url: string, method: string, path: string, { body, key }: CallOptions = {}) {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key !== undefined && bearer(key)),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = JSON.parse(response.headers.get('content-type')?.includes('json') ? text : 'null');
  return { status: response.status, headers: response.headers, text, json };
}
