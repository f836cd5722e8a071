// What can go wrong between a hub and its client, one fault each. A fault answers a request instead of the hub.

import { begin, type Exchange, type Fault, sendFrom } from './fake-hub.ts';

export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Fault =>
  ({ response }) =>
    response.writeHead(status, headers).end(body);

export const redirectTo = (location: string): Fault => answer(302, { location });

// What a client has not read when the connection closes is lost to it.
const READING_MS = 60;

/** Promises the rest of the file, sends so many bytes of it, and closes the connection. */
export const cutAfter =
  (count: number): Fault =>
  (exchange) => {
    sendSome(exchange, count, () => setTimeout(() => exchange.response.destroy(), READING_MS));
  };

/** Promises the rest of the file, sends so many bytes of it, and then nothing. */
export const stallAfter =
  (count: number): Fault =>
  (exchange) => {
    sendSome(exchange, count, () => {});
  };

/** Takes the request and never answers. */
export const silence: Fault = () => {};

/** One byte is another. */
export const corrupt: Fault = (exchange) => {
  const bytes = Uint8Array.from(exchange.bytes);
  bytes[bytes.length - 1]! ^= 1;
  sendFrom(exchange, bytes);
};

/** The whole file, wherever the request wants to go on. */
export const ignoreRange: Fault = ({ response, bytes }) => {
  response.writeHead(200, { 'content-length': bytes.byteLength }).end(bytes);
};

/** In pieces, with a pause after each. */
export const slowly =
  (pieceBytes: number, pauseMs: number): Fault =>
  async (exchange) => {
    const { response, bytes, from } = exchange;
    if (!begin(exchange, bytes)) return;
    for (let at = from; at < bytes.byteLength && !response.destroyed; at += pieceBytes) {
      response.write(bytes.subarray(at, at + pieceBytes));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    response.end();
  };

function sendSome(exchange: Exchange, count: number, then: () => void): void {
  const { response, bytes, from } = exchange;
  if (begin(exchange, bytes)) response.write(bytes.subarray(from, from + count), then);
}
