// Writes JSON like Python's `json.dumps`, which the filter `tojson` of transformers calls. Guard marks in strings are
// kept.

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
import { sortedBy } from './sort.ts';

export interface JsonOptions {
  readonly ascii: boolean;
  /** indentation of one level; undefined writes a single line */
  readonly indent: string | undefined;
  readonly separators: readonly [item: string, key: string];
  readonly sortKeys: boolean;
}

export function* toJson(value: Value, form: JsonOptions, state: RenderState): Steps<string> {
  const out = new StringBuilder();
  yield* new JsonWriter(form, state, out).write(value, 0);
  return out.build();
}

// Code units of a string written at once.
const CHUNK_UNITS = 16_384;

class JsonWriter {
  readonly #options: JsonOptions;
  readonly #run: RenderState;
  readonly #out: StringBuilder;

  constructor(form: JsonOptions, state: RenderState, out: StringBuilder) {
    this.#options = form;
    this.#run = state;
    this.#out = out;
  }

  *write(value: Value, depth: number): Steps<void> {
    const { budget } = this.#run;
    if (depth > MAX_DATA_DEPTH) raise('RecursionError', 'a value is nested too deeply for JSON');
    budget.step();
    if (budget.isPauseDue()) yield;
    if (isString(value)) return yield* this.#text(stringOf(value));
    const scalar = scalarText(value, this.#run);
    if (scalar !== undefined) return this.#add(scalar);
    if (isList(value)) return yield* this.#list(itemsOfList(value), depth);
    if (value instanceof Dict) return yield* this.#dict(value, depth);
    raise('TypeError', `a ${typeName(value)} is not JSON serializable`);
  }

  *#list(items: readonly Value[], depth: number): Steps<void> {
    if (items.length === 0) return this.#add('[]');
    this.#add('[');
    for (const [index, item] of items.entries()) {
      this.#separate(index, depth + 1);
      yield* this.write(item, depth + 1);
    }
    this.#end(']', depth);
  }

  *#dict(dict: Dict, depth: number): Steps<void> {
    if (dict.size === 0) return this.#add('{}');
    this.#add('{');
    let index = 0;
    for (const [key, value] of yield* this.#entries(dict)) {
      this.#separate(index++, depth + 1);
      yield* this.#key(key);
      this.#add(this.#options.separators[1]);
      yield* this.write(value, depth + 1);
    }
    this.#end('}', depth);
  }

  *#entries(dict: Dict): Steps<Iterable<readonly [Value, Value]>> {
    if (!this.#options.sortKeys) return dict.entries();
    const state = this.#run;
    return yield* sortedBy([...dict.entries()], ([a], [b]) => compare('<', a, b, state) ?? 0, state);
  }

  *#key(key: Value): Steps<void> {
    if (isString(key)) return yield* this.#text(stringOf(key));
    const scalar = scalarText(key, this.#run);
    if (scalar === undefined) raise('TypeError', `a ${typeName(key)} cannot be a JSON key`);
    this.#add(`"${scalar}"`);
  }

  *#text(text: string): Steps<void> {
    this.#add('"');
    for (let start = 0; start < text.length; ) {
      const end = avoidSurrogateSplit(text, start + CHUNK_UNITS);
      this.#add(this.#escaped(text.slice(start, end)));
      start = end;
      if (this.#run.budget.isPauseDue()) yield;
    }
    this.#add('"');
  }

  #escaped(text: string): string {
    const escaped = JSON.stringify(text).slice(1, -1);
    if (!this.#options.ascii) return escaped;
    return escaped.replace(/[\u0080-\uffff]/g, (code) =>
      this.#run.markedStrings.isMark(code) ? code : jsonEscape(code),
    );
  }

  #separate(index: number, depth: number): void {
    if (index > 0) this.#add(this.#options.separators[0]);
    this.#newLine(depth);
  }

  #end(bracket: string, depth: number): void {
    this.#newLine(depth);
    this.#add(bracket);
  }

  #newLine(depth: number): void {
    const { indent } = this.#options;
    if (indent !== undefined) this.#out.append(`\n${repeat(indent, depth, this.#run)}`);
  }

  #add(text: string): void {
    this.#run.budget.allocate(text.length);
    this.#out.append(text);
  }
}

function scalarText(value: Value, state: RenderState): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (isInt(value)) return formatInt(value, state.budget);
  if (!(value instanceof Float)) return undefined;
  if (Number.isFinite(value.value)) return formatFloatRepr(value.value);
  return Number.isNaN(value.value) ? 'NaN' : value.value < 0 ? '-Infinity' : 'Infinity';
}
