// Limits the time in which a client sends one message over a chat socket. Pings do not detect a message that never ends, because
// a client may answer them between its fragments. The WebSocket library reports complete messages only, so this class parses
// the frame headers too (RFC 6455, section 5.2) and skips the payloads.

/** Payload lengths from 126 on are in the next 2 bytes (126) or 8 bytes (127). */
const EXTENDED_LENGTH = 126;
const MASK_BYTES = 4;

export class MessageTimeout {
  readonly #limitMs: number;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** header bytes received so far; empty inside a payload */
  #header: number[] = [];
  #payload = 0; // payload bytes still to be received
  /** the current frame ends its message, or is a control frame */
  #final = true;
  #control = false;
  /** fragments were received, and more follow */
  #fragmented = false;

  /** @param expired called when a message is incomplete after `limitMs` */
  constructor(limitMs: number, expired: () => void) {
    this.#limitMs = limitMs;
    this.#expired = expired;
  }

  /** Parses the next bytes of the connection. */
  feed(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#payload > 0) {
        const skipped = Math.min(this.#payload, bytes.length - offset);
        offset += skipped;
        this.#payload -= skipped;
      } else {
        this.#header.push(bytes[offset++]!);
        if (this.#header.length < headerLength(this.#header)) continue;
        this.#beginPayload();
      }
      if (this.#payload === 0) this.#endFrame();
    }
    this.#setTimer(this.#fragmented || this.#header.length > 0 || this.#payload > 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #beginPayload(): void {
    const [first = 0] = this.#header;
    this.#control = (first & 0x08) !== 0;
    this.#final = (first & 0x80) !== 0;
    this.#payload = payloadLength(this.#header);
    this.#header = [];
  }

  #endFrame(): void {
    if (!this.#control) this.#fragmented = !this.#final;
    if (!this.#fragmented) this.stop(); // the next message has the full time again
  }

  #setTimer(incomplete: boolean): void {
    if (!incomplete) this.stop();
    else this.#timer ??= setTimeout(this.#expired, this.#limitMs).unref();
  }
}

/** Returns the length of a header that starts with `bytes`; 2 while the second byte is not received. */
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
