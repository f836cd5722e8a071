// An array of strings in the metadata of a GGUF, which is decoded when it is used. Decoding the hundreds of thousands of strings of a
// vocabulary takes a large part of the time from the start of a process to the first token. Meanwhile the weights can be loaded.

import { STRING_LENGTH_BYTES } from './sequential-reader.ts';

/** Consecutive strings, each with its length before it. */
export interface StringRun {
  readonly count: number;
  readonly bytes: Uint8Array;
}

export class StringArray {
  #runs: readonly StringRun[];
  #strings: readonly string[] | undefined;

  /** @param runs all strings, each completely in `bytes` */
  constructor(runs: readonly StringRun[]) {
    this.#runs = runs;
  }

  /** Returns the strings, which are decoded at the first call. */
  strings(): readonly string[] {
    if (this.#strings === undefined) {
      const strings: string[] = [];
      for (const run of this.#runs) decodeRun(run, strings);
      this.#strings = strings;
      this.#runs = [];
    }
    return this.#strings;
  }
}

function decodeRun({ count, bytes }: StringRun, strings: string[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = STRING_LENGTH_BYTES;
  for (let index = 0; index < count; index++) {
    const end = start + view.getUint32(start - STRING_LENGTH_BYTES, true); // the upper half of the length is 0: the string is in memory
    strings.push(decodeText(bytes, start, end));
    start = end + STRING_LENGTH_BYTES;
  }
}

// `ignoreBOM` retains a byte order mark, which is a token of some vocabularies.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Decodes UTF-8 from `start` to `end`. Most strings of a vocabulary are short and ASCII. For such a string, a call of the decoder costs
 * more than this loop.
 */
export function decodeText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start > 16) return decoder.decode(bytes.subarray(start, end));
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte > 127) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}
