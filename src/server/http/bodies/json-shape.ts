// Counts the values and nested levels of a JSON body before it is parsed. To parse four megabytes of `{},` would take most of a
// second, and to validate the result would take more than a gigabyte of memory. This scan yields to the event loop after each
// block of bytes, and stops at the limit. It does not reject invalid JSON; the parser does (json-parser.ts).

import { QuireError } from '../../../base/errors.ts';
import type { Steps } from '../../../base/steps.ts';
import { MAX_BODY_DEPTH, MAX_BODY_NUMBERS, MAX_BODY_VALUES } from '../limits.ts';

const BLOCK_BYTES = 64 * 1024;
const BODY_LIMITS = { values: MAX_BODY_VALUES, numbers: MAX_BODY_NUMBERS, name: 'body' } as const;

export interface ShapeLimits {
  readonly values?: number;
  /** numbers are counted separately, because a body may contain very many token ids */
  readonly numbers?: number;
  /** noun for the JSON in error messages, for example `body` */
  readonly name?: string;
}

/** Throws `bad_message` for JSON with too many values or numbers, or nested too deeply. */
export function* checkShapeSteps(json: Uint8Array, limits: ShapeLimits = {}): Steps<void> {
  const counter = new ShapeCounter(limits);
  for (let offset = 0; offset < json.length; offset += BLOCK_BYTES) {
    counter.read(json.subarray(offset, offset + BLOCK_BYTES));
    yield;
  }
}

const [QUOTE, BACKSLASH, COLON, COMMA, MINUS] = [0x22, 0x5c, 0x3a, 0x2c, 0x2d];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [ZERO, NINE, SPACE] = [0x30, 0x39, 0x20];

class ShapeCounter {
  readonly #limits: Required<ShapeLimits>;
  #values = 0;
  #numbers = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** in a number, or in `true`, `false` or `null` */
  #inLiteral = false;

  constructor(limits: ShapeLimits) {
    this.#limits = { ...BODY_LIMITS, ...limits };
  }

  read(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#inString) this.#readInString(byte);
      else this.#readOutsideString(byte);
    }
  }

  #readInString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #readOutsideString(byte: number): void {
    switch (byte) {
      case COMMA:
        this.#inLiteral = false;
        return;
      case QUOTE:
        this.#inString = true;
        this.#countValue();
        return;
      case COLON: // the string before the colon was a key
        this.#values--;
        this.#inLiteral = false;
        return;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++this.#depth > MAX_BODY_DEPTH) throw tooDeepError(this.#limits.name);
        this.#inLiteral = false;
        this.#countValue();
        return;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        this.#depth--;
        this.#inLiteral = false;
        return;
      default:
        this.#readLiteral(byte);
    }
  }

  #readLiteral(byte: number): void {
    if (byte <= SPACE) this.#inLiteral = false;
    else if (!this.#inLiteral) {
      this.#inLiteral = true;
      if (byte !== MINUS && (byte < ZERO || byte > NINE)) this.#countValue();
      else if (++this.#numbers > this.#limits.numbers) throw this.#tooManyError('numbers');
    }
  }

  #countValue(): void {
    if (++this.#values > this.#limits.values) throw this.#tooManyError('values');
  }

  #tooManyError(kind: 'values' | 'numbers'): QuireError {
    const message = `the ${this.#limits.name} has more than ${this.#limits[kind]} ${kind}`;
    return new QuireError('bad_message', message, 'split it into smaller requests');
  }
}

const tooDeepError = (name: string): QuireError =>
  new QuireError(
    'bad_message',
    `the ${name} is nested more than ${MAX_BODY_DEPTH} levels deep`,
    'reduce the nesting',
  );
