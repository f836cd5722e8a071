// Answers of up to a million tokens, written piece by piece as their reader takes them: as one string they would hold the event
// loop while they are made, and memory for as long as nobody reads them.

import { Readable } from 'node:stream';

/** Items of a list that are written at once. */
export const PIECE_ITEMS = 8192;

/** The JSON of an object whose values may be long lists. */
export function jsonStream(object: Readonly<Record<string, unknown>>): Readable {
  return Readable.from(jsonPieces(object));
}

function* jsonPieces(object: Readonly<Record<string, unknown>>): Generator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(object)) {
    yield `${before}${JSON.stringify(name)}:`;
    yield* value instanceof LongList ? value.pieces() : [JSON.stringify(value)];
    before = ',';
  }
  yield '}';
}

/** A list whose items are made when they are written. */
export class LongList<Item> {
  readonly #items: readonly Item[];
  readonly #written: (item: Item) => unknown;

  constructor(items: readonly Item[], written: (item: Item) => unknown = (item) => item) {
    this.#items = items;
    this.#written = written;
  }

  *pieces(): Generator<string> {
    yield '[';
    for (let at = 0; at < this.#items.length; at += PIECE_ITEMS) {
      const piece = this.#items.slice(at, at + PIECE_ITEMS).map(this.#written);
      yield (at === 0 ? '' : ',') + JSON.stringify(piece).slice(1, -1);
    }
    yield ']';
  }
}
