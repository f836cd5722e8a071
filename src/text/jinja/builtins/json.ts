// Writes JSON like Python's `json.dumps`, which the filter `tojson` of transformers calls. Guard marks in strings are
// preserved.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { avoidSurrogateSplit } from '../../surrogates.ts';
import { MAX_DATA_DEPTH } from '../budget.ts';
import { raise } from '../errors.ts';
import { jsonEscape } from '../strings/marked-strings.ts';
import { repeat } from '../strings/string-padding.ts';
import { compare } from '../values/compare.ts';
import { Dict } from '../values/dict.ts';
import { stringOf } from '../values/markup.ts';
import { formatFloatRepr, formatInt } from '../values/numbers.ts';
import {
  Float,
  isInt,
  isList,
  isString,
  itemsOfList,
  type RenderState,
  typeName,
  type Value,
} from '../values/values.ts';
import { mergeSort } from './sort.ts';

export interface JsonOptions {
  readonly ascii: boolean;
  /** indentation of one level; if undefined, the JSON is a single line */
  readonly indent: string | undefined;
  readonly separators: readonly [item: string, key: string];
  readonly sortKeys: boolean;
}

export function* toJson(value: Value, options: JsonOptions, state: RenderState): Steps<string> {
  const out = new StringBuilder();
  yield* new JsonWriter(options, state, out).write(value, 0);
  return out.build();
}

// Code units of a string that are written at once.
const CHUNK_UNITS = 16_384;

class JsonWriter {
  readonly #options: JsonOptions;
  readonly #state: RenderState;
  readonly #out: StringBuilder;

  constructor(options: JsonOptions, state: RenderState, out: StringBuilder) {
    this.#options = options;
    this.#state = state;
    this.#out = out;
  }

  *write(value: Value, depth: number): Steps<void> {
    const { budget } = this.#state;
    if (depth > MAX_DATA_DEPTH) raise('RecursionError', 'a value is nested too deeply for JSON');
    budget.step();
    if (budget.isPauseDue()) yield;
    if (isString(value)) return yield* this.#writeString(stringOf(value));
    const scalar = scalarText(value, this.#state);
    if (scalar !== undefined) return this.#append(scalar);
    if (isList(value)) return yield* this.#writeList(itemsOfList(value), depth);
    if (value instanceof Dict) return yield* this.#writeDict(value, depth);
    raise('TypeError', `a ${typeName(value)} is not JSON serializable`);
  }

  *#writeList(items: readonly Value[], depth: number): Steps<void> {
    if (items.length === 0) return this.#append('[]');
    this.#append('[');
    for (const [index, item] of items.entries()) {
      this.#startItem(index, depth + 1);
      yield* this.write(item, depth + 1);
    }
    this.#closeContainer(']', depth);
  }

  *#writeDict(dict: Dict, depth: number): Steps<void> {
    if (dict.size === 0) return this.#append('{}');
    this.#append('{');
    let index = 0;
    for (const [key, value] of yield* this.#sortedEntries(dict)) {
      this.#startItem(index++, depth + 1);
      yield* this.#writeKey(key);
      this.#append(this.#options.separators[1]);
      yield* this.write(value, depth + 1);
    }
    this.#closeContainer('}', depth);
  }

  *#sortedEntries(dict: Dict): Steps<Iterable<readonly [Value, Value]>> {
    if (!this.#options.sortKeys) return dict.entries();
    const state = this.#state;
    return yield* mergeSort([...dict.entries()], ([a], [b]) => compare('<', a, b, state) ?? 0, state);
  }

  *#writeKey(key: Value): Steps<void> {
    if (isString(key)) return yield* this.#writeString(stringOf(key));
    const scalar = scalarText(key, this.#state);
    if (scalar === undefined) raise('TypeError', `a ${typeName(key)} cannot be a JSON key`);
    this.#append(`"${scalar}"`);
  }

  *#writeString(text: string): Steps<void> {
    this.#append('"');
    for (let start = 0; start < text.length; ) {
      const end = avoidSurrogateSplit(text, start + CHUNK_UNITS);
      this.#append(this.#escape(text.slice(start, end)));
      start = end;
      if (this.#state.budget.isPauseDue()) yield;
    }
    this.#append('"');
  }

  #escape(text: string): string {
    const escaped = JSON.stringify(text).slice(1, -1);
    if (!this.#options.ascii) return escaped;
    return escaped.replace(/[\u0080-\uffff]/g, (code) =>
      this.#state.markedStrings.isMark(code) ? code : jsonEscape(code),
    );
  }

  #startItem(index: number, depth: number): void {
    if (index > 0) this.#append(this.#options.separators[0]);
    this.#writeNewLine(depth);
  }

  #closeContainer(bracket: string, depth: number): void {
    this.#writeNewLine(depth);
    this.#append(bracket);
  }

  #writeNewLine(depth: number): void {
    const { indent } = this.#options;
    if (indent !== undefined) this.#out.append(`\n${repeat(indent, depth, this.#state)}`);
  }

  #append(text: string): void {
    this.#state.budget.allocate(text.length);
    this.#out.append(text);
  }
}

/** Returns the JSON of a number, a bool or None; undefined for other values. */
function scalarText(value: Value, state: RenderState): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (isInt(value)) return formatInt(value, state.budget);
  if (!(value instanceof Float)) return undefined;
  if (Number.isFinite(value.value)) return formatFloatRepr(value.value);
  return Number.isNaN(value.value) ? 'NaN' : value.value < 0 ? '-Infinity' : 'Infinity';
}
