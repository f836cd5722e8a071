// The first look at a body, before it is parsed: how many things it holds and how deep. Four megabytes of `{},` would cost a
// parser most of a second and a schema more than a gigabyte; here they are counted in the bytes, in turns with the event
// loop, and the count ends at the limit. What is no JSON is the parser's to refuse (json-parser.ts).

import { QuireError } from '../../../base/errors.ts';
import type { Steps } from '../../../base/steps.ts';
import { DEEPEST_BODY, MOST_BODY_NUMBERS, MOST_BODY_VALUES } from '../limits.ts';

const BLOCK_BYTES = 64 * 1024;
const BODY = { values: MOST_BODY_VALUES, numbers: MOST_BODY_NUMBERS, name: 'body' } as const;

export interface ShapeLimits {
  readonly values?: number;
  /** counted by themselves, because token ids are many */
  readonly numbers?: number;
  /** what is looked at, in words */
  readonly name?: string;
}

/** Raises `bad_message` for JSON of too many values or numbers, or too deep. */
export function* shapeSteps(json: Uint8Array, limits: ShapeLimits = {}): Steps<void> {
  const count = new ShapeCount(limits);
  for (let at = 0; at < json.length; at += BLOCK_BYTES) {
    count.read(json.subarray(at, at + BLOCK_BYTES));
    yield;
  }
}

const [QUOTE, BACKSLASH, COLON, COMMA, MINUS] = [0x22, 0x5c, 0x3a, 0x2c, 0x2d];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [ZERO, NINE, SPACE] = [0x30, 0x39, 0x20];

class ShapeCount {
  readonly #limits: Required<ShapeLimits>;
  #values = 0;
  #numbers = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** in a number, or in `true`, `false` or `null` */
  #inWord = false;

  constructor(limits: ShapeLimits) {
    this.#limits = { ...BODY, ...limits };
  }

  read(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#inString) this.#inText(byte);
      else this.#between(byte);
    }
  }

  #inText(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #between(byte: number): void {
    switch (byte) {
      case COMMA:
        this.#inWord = false;
        return;
      case QUOTE:
        this.#inString = true;
        this.#value();
        return;
      case COLON: // what stands before it was a name
        this.#values--;
        this.#inWord = false;
        return;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++this.#depth > DEEPEST_BODY) throw tooDeep(this.#limits.name);
        this.#inWord = false;
        this.#value();
        return;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        this.#depth--;
        this.#inWord = false;
        return;
      default:
        this.#word(byte);
    }
  }

  #word(byte: number): void {
    if (byte <= SPACE) this.#inWord = false;
    else if (!this.#inWord) {
      this.#inWord = true;
      if (byte !== MINUS && (byte < ZERO || byte > NINE)) this.#value();
      else if (++this.#numbers > this.#limits.numbers) throw this.#tooMany('numbers');
    }
  }

  #value(): void {
    if (++this.#values > this.#limits.values) throw this.#tooMany('values');
  }

  #tooMany(things: 'values' | 'numbers'): QuireError {
    const what = `the ${this.#limits.name} holds more than ${this.#limits[things]} ${things}`;
    return new QuireError('bad_message', what, 'send less at a time');
  }
}

const tooDeep = (name: string): QuireError =>
  new QuireError('bad_message', `the ${name} is nested more than ${DEEPEST_BODY} deep`, 'send it flat');
