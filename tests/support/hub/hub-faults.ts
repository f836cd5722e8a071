// Faults of a hub or its connection. A fault handles the request in place of the hub.

import { type Exchange, type Fault, sendFrom, sendHead } from './fake-hub.ts';

export const respondWith =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Fault =>
  ({ response }) =>
    response.writeHead(status, headers).end(body);

export const redirectTo = (location: string): Fault => respondWith(302, { location });

// Delay before the connection is closed, because data that the client has not read yet would be lost.
const CLOSE_DELAY_MS = 60;

/** Sends the headers of a complete response, but only `count` bytes of the body, and closes the connection. */
export const cutAfter =
  (count: number): Fault =>
  (exchange) => {
    sendPart(exchange, count, () => setTimeout(() => exchange.response.destroy(), CLOSE_DELAY_MS));
  };

/** Sends the headers of a complete response, but only `count` bytes of the body, and keeps the connection open. */
export const stallAfter =
  (count: number): Fault =>
  (exchange) => {
    sendPart(exchange, count, () => {});
  };

/** Never responds. */
export const neverRespond: Fault = () => {};

/** Sends the file with its last byte changed. */
export const sendCorrupted: Fault = (exchange) => {
  const bytes = Uint8Array.from(exchange.bytes);
  bytes[bytes.length - 1]! ^= 1;
  sendFrom(exchange, bytes);
};

/** Sends the whole file and ignores the Range header. */
export const ignoreRange: Fault = ({ response, bytes }) => {
  response.writeHead(200, { 'content-length': bytes.byteLength }).end(bytes);
};

/** Sends the file in pieces with a pause after each. */
export const sendSlowly =
  (pieceBytes: number, pauseMs: number): Fault =>
  async (exchange) => {
    const { response, bytes, from } = exchange;
    if (!sendHead(exchange, bytes)) return;
    for (let offset = from; offset < bytes.byteLength && !response.destroyed; offset += pieceBytes) {
      response.write(bytes.subarray(offset, offset + pieceBytes));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    response.end();
  };

function sendPart(exchange: Exchange, count: number, onSent: () => void): void {
  const { response, bytes, from } = exchange;
  if (sendHead(exchange, bytes)) response.write(bytes.subarray(from, from + count), onSent);
}
