// How long a peer takes to send one message of a chat socket. Pings do not tell: a peer may answer them between fragments
// that never end. The library hands over whole messages only, so the frames' headers are read here too (RFC 6455, section
// 5.2), and nothing of what they carry.

/** Payload bytes of a short frame; 126 and 127 say that 2 or 8 bytes of length follow. */
const SHORT = 126;
const MASK_BYTES = 4;

export class MessageClock {
  readonly #limitMs: number;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** bytes of the header so far; empty within a payload */
  #header: number[] = [];
  #payload = 0; // bytes of it that are still to come
  /** the frame under way ends a message, or is none of a message */
  #final = true;
  #control = false;
  /** fragments came, and more are to come */
  #fragmented = false;

  /** @param expired called when a message has been under way for `limitMs` */
  constructor(limitMs: number, expired: () => void) {
    this.#limitMs = limitMs;
    this.#expired = expired;
  }

  /** Looks at what came. */
  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#payload > 0) {
        const taken = Math.min(this.#payload, bytes.length - at);
        at += taken;
        this.#payload -= taken;
      } else {
        this.#header.push(bytes[at++]!);
        if (this.#header.length < headerBytes(this.#header)) continue;
        this.#begin();
      }
      if (this.#payload === 0) this.#end();
    }
    this.#watch(this.#fragmented || this.#header.length > 0 || this.#payload > 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begin(): void {
    const [first = 0] = this.#header;
    this.#control = (first & 0x08) !== 0;
    this.#final = (first & 0x80) !== 0;
    this.#payload = payloadBytes(this.#header);
    this.#header = [];
  }

  #end(): void {
    if (!this.#control) this.#fragmented = !this.#final;
    if (!this.#fragmented) this.stop(); // the next message has all of its own time
  }

  #watch(underWay: boolean): void {
    if (!underWay) this.stop();
    else this.#timer ??= setTimeout(this.#expired, this.#limitMs).unref();
  }
}

/** How long the header is that begins like this; 2 as long as nothing is known. */
function headerBytes(begun: readonly number[]): number {
  const [, second] = begun;
  if (second === undefined) return 2;
  const length = second & 0x7f;
  const more = length === SHORT ? 2 : length > SHORT ? 8 : 0;
  return 2 + more + ((second & 0x80) === 0 ? 0 : MASK_BYTES);
}

function payloadBytes(header: readonly number[]): number {
  const length = header[1]! & 0x7f;
  if (length < SHORT) return length;
  const more = header.slice(2, length === SHORT ? 4 : 10);
  return more.reduce((sum, byte) => sum * 256 + byte, 0);
}
