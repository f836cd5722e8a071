// Failures between a hub and its client. A fault sends the response instead of the hub.

import { begin, type Exchange, type Fault, sendFrom } from './fake-hub.ts';

export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Fault =>
  ({ response }) =>
    response.writeHead(status, headers).end(body);

export const redirectTo = (location: string): Fault => answer(302, { location });

// A delay before closing the connection: data that the client has not read by then would be lost.
const READING_MS = 60;

/** Announces the rest of the file, sends `count` bytes and closes the connection. */
export const cutAfter =
  (count: number): Fault =>
  (exchange) => {
    sendSome(exchange, count, () => setTimeout(() => exchange.response.destroy(), READING_MS));
  };

/** Announces the rest of the file, sends `count` bytes and then nothing. */
export const stallAfter =
  (count: number): Fault =>
  (exchange) => {
    sendSome(exchange, count, () => {});
  };

/** Never responds. */
export const silence: Fault = () => {};

/** Sends the file with its last byte changed. */
export const corrupt: Fault = (exchange) => {
  const bytes = Uint8Array.from(exchange.bytes);
  bytes[bytes.length - 1]! ^= 1;
  sendFrom(exchange, bytes);
};

/** Sends the whole file and ignores the Range header. */
export const ignoreRange: Fault = ({ response, bytes }) => {
  response.writeHead(200, { 'content-length': bytes.byteLength }).end(bytes);
};

/** Sends the file in pieces with a pause after each. */
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
