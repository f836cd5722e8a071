// Encodes small SentencePiece models for tests as protocol buffers.

import { ByteWriter } from '../byte-writer.ts';
import type { SentencePiece } from './model.ts';

export interface SentencePieceFixture {
  readonly pieces?: readonly SentencePiece[];
  /** number of the algorithm: 1 unigram, 2 BPE */
  readonly algorithm?: number;
  readonly addDummyPrefix?: boolean;
  readonly removeExtraSpaces?: boolean;
  readonly escapeSpaces?: boolean;
  readonly spaceAsSuffix?: boolean;
  /** name of the normalization; if present, the model also has a character map */
  readonly normalization?: string;
}

const SPACE = '\u2581';

const piece = (text: string, score: number, type = 1): SentencePiece => ({ text, score, type });

/** The unknown piece, BOS, EOS, all bytes, ordinary pieces, and a user-defined piece. */
export const PIECES: readonly SentencePiece[] = [
  piece('<unk>', 0, 2),
  piece('<s>', 0, 3),
  piece('</s>', 0, 3),
  ...Array.from({ length: 256 }, (_, byte) =>
    piece(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 0, 6),
  ),
  ...[SPACE, 'a', 'b', `${SPACE}a`, 'ab', `${SPACE}ab`].map((text, index) => piece(text, -index)),
  piece(`<tool${SPACE}x>`, 0, 4),
];

export function encodeSentencePiece(fixture: SentencePieceFixture = {}): Uint8Array<ArrayBuffer> {
  const { pieces = PIECES, algorithm = 2, normalization } = fixture;
  const model = new MessageWriter();
  for (const { text, score, type } of pieces) {
    model.message(1, (message) => {
      message.text(1, text);
      message.float(2, score);
      if (type !== 1) message.number(3, type);
    });
  }
  model.message(2, (trainer) => {
    trainer.number(3, algorithm);
    trainer.number(43, -1); // id of the padding piece: none; encoded in ten bytes
    if (fixture.spaceAsSuffix === true) trainer.number(24, 1);
  });
  model.message(3, (normalizer) => {
    normalizer.text(1, normalization ?? 'identity');
    if (normalization !== undefined) normalizer.text(2, 'a map');
    normalizer.number(3, Number(fixture.addDummyPrefix ?? true));
    normalizer.number(4, Number(fixture.removeExtraSpaces ?? false));
    if (fixture.escapeSpaces === false) normalizer.number(5, 0);
  });
  return model.finish();
}

/** Writes the fields of a message. */
export class MessageWriter {
  readonly #writer = new ByteWriter();

  number(field: number, value: number): void {
    this.#varint(BigInt(field) * 8n);
    this.#varint(BigInt.asUintN(64, BigInt(value)));
  }

  float(field: number, value: number): void {
    this.#varint(BigInt(field) * 8n + 5n);
    this.#writer.float32(value);
  }

  text(field: number, value: string): void {
    this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint(BigInt(field) * 8n + 2n);
    this.#varint(BigInt(value.length));
    this.#writer.bytes(value);
  }

  message(field: number, write: (message: MessageWriter) => void): void {
    const message = new MessageWriter();
    write(message);
    this.bytes(field, message.finish());
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#writer.finish();
  }

  #varint(value: bigint): void {
    let remaining = value;
    for (; remaining > 0x7fn; remaining >>= 7n) this.#writer.uint8(Number(remaining & 0x7fn) | 0x80);
    this.#writer.uint8(Number(remaining));
  }
}
