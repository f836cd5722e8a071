// Reads a tokenizer.model: the protocol buffer in which SentencePiece stores its pieces, the parameters of training,
// and the normalization of text. Field numbers: sentencepiece_model.proto of https://github.com/google/sentencepiece

import { QuireError } from '../../base/errors.ts';
import { type ProtobufField, protobufFields } from './protobuf-reader.ts';

export interface SentencePiece {
  readonly text: string;
  readonly score: number;
  /** a value of `TOKEN_TYPE` */
  readonly type: number;
}

export interface SentencePieceModel {
  readonly pieces: readonly SentencePiece[];
  readonly algorithm: 'unigram' | 'bpe' | 'word' | 'char';
  readonly bosPiece: string;
  readonly eosPiece: string;
  /** whether a space belongs to the word before it, and not to the word after it */
  readonly spaceAsSuffix: boolean;
  /** name of the normalization, if the model has a character map */
  readonly charsMap: string | undefined;
  readonly addDummyPrefix: boolean;
  readonly removeExtraSpaces: boolean;
  readonly escapeSpaces: boolean;
}

const ALGORITHMS = ['unigram', 'bpe', 'word', 'char'] as const;

/** Reads a model. Throws `bad_tokenizer` for other data. @param source the file's name in messages */
export function readSentencePieceModel(source: string, bytes: Uint8Array): SentencePieceModel {
  const reader = new FieldReader(source);
  const pieces: SentencePiece[] = [];
  let trainer: Trainer = DEFAULT_TRAINER;
  let normalizer: Normalizer = DEFAULT_NORMALIZER;
  for (const field of reader.fields(bytes)) {
    if (field.number === 1) pieces.push(readPiece(reader, field));
    else if (field.number === 2) trainer = readTrainer(reader, field);
    else if (field.number === 3) normalizer = readNormalizer(reader, field);
  }
  if (pieces.length === 0) throw reader.damagedError('it has no pieces');
  return { pieces, ...trainer, ...normalizer };
}

type Trainer = Pick<SentencePieceModel, 'algorithm' | 'bosPiece' | 'eosPiece' | 'spaceAsSuffix'>;
type Normalizer = Pick<
  SentencePieceModel,
  'charsMap' | 'addDummyPrefix' | 'removeExtraSpaces' | 'escapeSpaces'
>;

// The values of absent fields.
const DEFAULT_TRAINER: Trainer = {
  algorithm: 'unigram',
  bosPiece: '<s>',
  eosPiece: '</s>',
  spaceAsSuffix: false,
};
const DEFAULT_NORMALIZER: Normalizer = {
  charsMap: undefined,
  addDummyPrefix: true,
  removeExtraSpaces: true,
  escapeSpaces: true,
};

function readPiece(reader: FieldReader, piece: ProtobufField): SentencePiece {
  let text: string | undefined;
  let score = 0;
  let type = 1;
  for (const field of reader.message(piece)) {
    if (field.number === 1) text = reader.text(field);
    else if (field.number === 2) score = reader.float(field);
    else if (field.number === 3) type = reader.integer(field, 1, 6);
  }
  if (text === undefined || text === '') throw reader.damagedError('a piece has no text');
  return { text, score, type };
}

function readTrainer(reader: FieldReader, spec: ProtobufField): Trainer {
  let trainer = DEFAULT_TRAINER;
  for (const field of reader.message(spec)) {
    if (field.number === 3) {
      const algorithm =
        ALGORITHMS[reader.integer(field, 1, ALGORITHMS.length) - 1] ?? DEFAULT_TRAINER.algorithm;
      trainer = { ...trainer, algorithm };
    } else if (field.number === 24) trainer = { ...trainer, spaceAsSuffix: reader.flag(field) };
    else if (field.number === 46) trainer = { ...trainer, bosPiece: reader.text(field) };
    else if (field.number === 47) trainer = { ...trainer, eosPiece: reader.text(field) };
  }
  return trainer;
}

function readNormalizer(reader: FieldReader, spec: ProtobufField): Normalizer {
  let normalizer = DEFAULT_NORMALIZER;
  let name = '';
  let charsMap = false;
  for (const field of reader.message(spec)) {
    if (field.number === 1) name = reader.text(field);
    else if (field.number === 2) charsMap = reader.bytes(field).length > 0;
    else if (field.number === 3) normalizer = { ...normalizer, addDummyPrefix: reader.flag(field) };
    else if (field.number === 4) normalizer = { ...normalizer, removeExtraSpaces: reader.flag(field) };
    else if (field.number === 5) normalizer = { ...normalizer, escapeSpaces: reader.flag(field) };
  }
  return { ...normalizer, charsMap: charsMap ? name || 'without a name' : undefined };
}

// Converts fields to values of the expected types.
class FieldReader {
  readonly #source: string;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(source: string) {
    this.#source = source;
  }

  damagedError(fault: string): QuireError {
    const hint = 'the file is damaged or not a SentencePiece model: download it again';
    return new QuireError('bad_tokenizer', `${this.#source}: ${fault}`, hint);
  }

  fields(bytes: Uint8Array): Generator<ProtobufField> {
    return protobufFields(bytes, (fault) => this.damagedError(fault));
  }

  message(field: ProtobufField): Generator<ProtobufField> {
    return this.fields(this.bytes(field));
  }

  bytes(field: ProtobufField): Uint8Array {
    if (field.wire === 'bytes') return field.value;
    throw this.damagedError(`field ${field.number} is a number`);
  }

  text(field: ProtobufField): string {
    const bytes = this.bytes(field);
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw this.damagedError(`field ${field.number} is not UTF-8`);
    }
  }

  float(field: ProtobufField): number {
    if (field.wire !== 'fixed' || field.value.length !== 4)
      throw this.damagedError(`field ${field.number} is not a float`);
    const value = new DataView(field.value.buffer, field.value.byteOffset).getFloat32(0, true);
    if (Number.isFinite(value)) return value;
    throw this.damagedError(`a score is ${value}`);
  }

  /** Returns a whole number from `first` to `last`. */
  integer(field: ProtobufField, first: number, last: number): number {
    if (field.wire !== 'varint') throw this.damagedError(`field ${field.number} is not a number`);
    const { value } = field;
    if (value >= first && value <= last) return value;
    throw this.damagedError(`field ${field.number} is ${value}, not ${first} to ${last}`);
  }

  flag(field: ProtobufField): boolean {
    return this.integer(field, 0, 1) === 1;
  }
}
