// Answers of up to a million tokens, written piece by piece as their reader takes them: as one string they would hold the event
// loop while they are made, and memory for as long as nobody reads them. A piece is made in a turn of its own: a reader on this
// machine takes them as fast as they come.

import { Readable } from 'node:stream';
import { nextSlice } from '../../../base/steps.ts';

/** Items of a list that are written at once. */
export const PIECE_ITEMS = 4096;

/** The JSON of an object whose values may be long lists. */
export function jsonStream(object: Readonly<Record<string, unknown>>): Readable {
  return Readable.from(jsonPieces(object));
}

async function* jsonPieces(object: Readonly<Record<string, unknown>>): AsyncGenerator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(object)) {
    yield `${before}${JSON.stringify(name)}:`;
    if (value instanceof LongList) yield* value.pieces();
    else yield JSON.stringify(value);
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

  async *pieces(): AsyncGenerator<string> {
    yield '[';
    for (let at = 0; at < this.#items.length; at += PIECE_ITEMS) {
      await nextSlice();
      const piece = this.#items.slice(at, at + PIECE_ITEMS).map(this.#written);
      yield (at === 0 ? '' : ',') + JSON.stringify(piece).slice(1, -1);
    }
    yield ']';
  }
}
