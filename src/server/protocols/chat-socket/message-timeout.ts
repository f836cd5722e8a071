// Limits the time that a client may take to send one message over a chat socket. Pings do not detect a message that never ends,
// because a client may answer pings between the fragments of a message. The WebSocket library reports complete messages only, so
// this class also parses the frame headers (RFC 6455, section 5.2); it skips the payloads.

/** A length field of 126 means that the payload length is in the next 2 bytes; 127, in the next 8 bytes. */
const EXTENDED_LENGTH = 126;
const MASK_BYTES = 4;

export class MessageTimeout {
  readonly #limitMs: number;
  readonly #onExpired: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** header bytes received so far; empty inside a payload */
  #header: number[] = [];
  #remainingPayload = 0; // payload bytes of the current frame that have not been received
  /** whether the current frame is the last frame of a message */
  #isFinal = true;
  /** whether the current frame is a control frame */
  #isControl = false;
  /** whether fragments of a message were received, and more follow */
  #isFragmented = false;

  /** @param onExpired called when a message is incomplete after `limitMs` */
  constructor(limitMs: number, onExpired: () => void) {
    this.#limitMs = limitMs;
    this.#onExpired = onExpired;
  }

  /** Parses the next bytes of the connection. */
  feed(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#remainingPayload > 0) {
        const skipped = Math.min(this.#remainingPayload, bytes.length - offset);
        offset += skipped;
        this.#remainingPayload -= skipped;
      } else {
        this.#header.push(bytes[offset++]!);
        if (this.#header.length < headerLength(this.#header)) continue;
        this.#beginPayload();
      }
      if (this.#remainingPayload === 0) this.#endFrame();
    }
    this.#setTimer(this.#isFragmented || this.#header.length > 0 || this.#remainingPayload > 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #beginPayload(): void {
    const [first = 0] = this.#header;
    this.#isControl = (first & 0x08) !== 0;
    this.#isFinal = (first & 0x80) !== 0;
    this.#remainingPayload = payloadLength(this.#header);
    this.#header = [];
  }

  #endFrame(): void {
    if (!this.#isControl) this.#isFragmented = !this.#isFinal;
    if (!this.#isFragmented) this.stop(); // the next message has the full time again
  }

  #setTimer(isIncomplete: boolean): void {
    if (!isIncomplete) this.stop();
    else this.#timer ??= setTimeout(this.#onExpired, this.#limitMs).unref();
  }
}

/** Returns the length of a header that starts with `bytes`; 2 if the second byte has not been received. */
function headerLength(bytes: readonly number[]): number {
  const [, second] = bytes;
  if (second === undefined) return 2;
  const length = second & 0x7f;
  const extension = length === EXTENDED_LENGTH ? 2 : length > EXTENDED_LENGTH ? 8 : 0;
  return 2 + extension + ((second & 0x80) === 0 ? 0 : MASK_BYTES);
}

function payloadLength(header: readonly number[]): number {
  const length = header[1]! & 0x7f;
  if (length < EXTENDED_LENGTH) return length;
  const extension = header.slice(2, length === EXTENDED_LENGTH ? 4 : 10);
  return extension.reduce((sum, byte) => sum * 256 + byte, 0);
}
