// The decoder of a tokenizer.json, reduced to the bytes of each piece and whether decoding strips a leading space. The
// library `tokenizers` decodes whole lists; a stream must decode one id at a time.

import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { fromByteLevel } from '../vocabulary/byte-level.ts';
import { byteValue } from '../vocabulary/vocabulary-arrays.ts';
import { flattenSequence, isObject, typeName, unsupportedError } from './json-access.ts';

export interface PieceDecoder {
  /** whether decoding strips one leading space */
  readonly leadingSpace: boolean;
  /** @param isAddedToken whether the piece is an added token: these do not use the byte-level alphabet */
  bytes(piece: string, isAddedToken: boolean): Uint8Array;
}

const encoder = new TextEncoder();

/** Creates the decoder of a tokenizer.json. Throws `unsupported_tokenizer` for an unknown type. */
export function createPieceDecoder(definition: JsonObject): PieceDecoder {
  if (!isObject(definition.decoder)) throw unsupportedError('a missing decoder');
  const steps = flattenSequence(definition.decoder, 'decoders');
  if (steps.some((step) => step.type === 'ByteLevel')) return byteLevelDecoder;
  return createCharacterDecoder(steps);
}

const byteLevelDecoder: PieceDecoder = {
  leadingSpace: false,
  bytes: (piece, isAddedToken) => (isAddedToken ? undefined : fromByteLevel(piece)) ?? encoder.encode(piece),
};

// Replace and Metaspace convert a replacement character to a space, ByteFallback parses <0x0A>, and Strip removes the
// first space. Fuse needs no code: decoding always concatenates the pieces.
function createCharacterDecoder(steps: readonly JsonObject[]): PieceDecoder {
  const spaceCharacters = steps
    .map(spaceReplacement)
    .filter((spaceCharacter) => spaceCharacter !== undefined);
  const hasByteFallback = steps.some((step) => step.type === 'ByteFallback');
  return {
    leadingSpace: steps.some(stripsLeadingSpace),
    // Added tokens are decoded like other tokens, because runs of U+2581 are added tokens in some models.
    bytes(piece) {
      const byte = hasByteFallback ? byteValue(piece) : undefined;
      if (byte !== undefined) return Uint8Array.of(byte);
      return encoder.encode(
        spaceCharacters.reduce((text, spaceCharacter) => text.replaceAll(spaceCharacter, ' '), piece),
      );
    },
  };
}

function spaceReplacement(step: JsonObject): string | undefined {
  switch (step.type) {
    case 'Metaspace':
      return typeof step.replacement === 'string' ? step.replacement : '\u2581';
    case 'Replace':
      if (isObject(step.pattern) && typeof step.pattern.String === 'string' && step.content === ' ') {
        return step.pattern.String;
      }
      throw unsupportedError('a Replace decoder that does not write spaces');
    case 'ByteFallback':
    case 'Fuse':
    case 'Strip':
      return undefined;
    default:
      throw unsupportedError(`decoder ${typeName(step)}`);
  }
}

function stripsLeadingSpace(step: JsonObject): boolean {
  if (step.type === 'Strip') return step.content === ' ' && step.start === 1;
  return step.type === 'Metaspace' && step.prepend_scheme !== 'never' && step.add_prefix_space !== false;
}
