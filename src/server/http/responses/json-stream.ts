// Streams JSON responses with up to a million list items. Serializing a large response to one string would block the event loop,
// and the string would occupy memory until the client has read it. The generator yields to the event loop before each chunk,
// because a client on the same machine reads as fast as chunks are produced.

import { Readable } from 'node:stream';
import { nextSlice } from '../../../base/steps.ts';

/** List items per chunk, by default. */
export const ITEMS_PER_CHUNK = 4096;

/** Streams the JSON of an object; values that are a `StreamedList` are written in chunks. */
export function jsonStream(object: Readonly<Record<string, unknown>>): Readable {
  return Readable.from(jsonChunks(object));
}

async function* jsonChunks(object: Readonly<Record<string, unknown>>): AsyncGenerator<string> {
  let separator = '{';
  for (const [name, value] of Object.entries(object)) {
    yield `${separator}${JSON.stringify(name)}:`;
    if (value instanceof StreamedList) yield* value.chunks();
    else yield JSON.stringify(value);
    separator = ',';
  }
  yield '}';
}

/** A list whose items are converted when they are written. */
export class StreamedList<Item> {
  readonly #items: readonly Item[];
  readonly #toJson: (item: Item) => unknown;
  readonly #perChunk: number;

  /** @param perChunk items per chunk, fewer if items are large */
  constructor(
    items: readonly Item[],
    toJson: (item: Item) => unknown = (item) => item,
    perChunk = ITEMS_PER_CHUNK,
  ) {
    this.#items = items;
    this.#toJson = toJson;
    this.#perChunk = perChunk;
  }

  async *chunks(): AsyncGenerator<string> {
    yield '[';
    for (let start = 0; start < this.#items.length; start += this.#perChunk) {
      await nextSlice();
      const chunk = this.#items.slice(start, start + this.#perChunk).map(this.#toJson);
      yield (start === 0 ? '' : ',') + JSON.stringify(chunk).slice(1, -1);
    }
    yield ']';
  }
}
