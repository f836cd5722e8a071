// The decoder of a tokenizer.json, read for what it means: which bytes a piece stands for, and whether a
// leading space was put there by encoding. The library decodes whole lists only; a stream needs one id at a time.

import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { fromByteLevel } from '../vocabulary/byte-level.ts';
import { byteValue } from '../vocabulary/vocabulary-arrays.ts';
import { isObject, stepsIn, typeOf, unsupported } from './json-access.ts';

export interface ByteReader {
  /** decoding takes one leading space away */
  readonly leadingSpace: boolean;
  /** @param whole the piece is an added token, which is not spelled in the alphabet of bytes */
  bytes(piece: string, whole: boolean): Uint8Array;
}

const encoder = new TextEncoder();

/** Throws `unsupported_tokenizer` for a decoder that is not known. */
export function createByteReader(definition: JsonObject): ByteReader {
  if (!isObject(definition.decoder)) throw unsupported('the absence of a decoder');
  const steps = stepsIn(definition.decoder, 'decoders');
  if (steps.some((step) => step.type === 'ByteLevel')) return byteLevelReader;
  return characterReader(steps);
}

const byteLevelReader: ByteReader = {
  leadingSpace: false,
  bytes: (piece, whole) => (whole ? undefined : fromByteLevel(piece)) ?? encoder.encode(piece),
};

// Replace and Metaspace turn a mark into a space, ByteFallback reads <0x0A>, Strip drops the first space;
// Fuse joins, which happens here anyway.
function characterReader(steps: readonly JsonObject[]): ByteReader {
  const marks = steps.map(spaceMark).filter((mark) => mark !== undefined);
  const fallback = steps.some((step) => step.type === 'ByteFallback');
  return {
    leadingSpace: steps.some(takesLeadingSpace),
    // Added tokens are decoded like any other: runs of U+2581 are added tokens of some models.
    bytes(piece) {
      const byte = fallback ? byteValue(piece) : undefined;
      if (byte !== undefined) return Uint8Array.of(byte);
      return encoder.encode(marks.reduce((text, mark) => text.replaceAll(mark, ' '), piece));
    },
  };
}

function spaceMark(step: JsonObject): string | undefined {
  switch (step.type) {
    case 'Metaspace':
      return typeof step.replacement === 'string' ? step.replacement : '\u2581';
    case 'Replace':
      if (isObject(step.pattern) && typeof step.pattern.String === 'string' && step.content === ' ') {
        return step.pattern.String;
      }
      throw unsupported('a Replace decoder that does not make spaces');
    case 'ByteFallback':
    case 'Fuse':
    case 'Strip':
      return undefined;
    default:
      throw unsupported(`decoder ${typeOf(step)}`);
  }
}

function takesLeadingSpace(step: JsonObject): boolean {
  if (step.type === 'Strip') return step.content === ' ' && step.start === 1;
  return step.type === 'Metaspace' && step.prepend_scheme !== 'never' && step.add_prefix_space !== false;
}
