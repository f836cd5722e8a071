// Converts values to strings: like Python's `str()` for output, and like `repr()` inside other values.

import { finish, type Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { MAX_DATA_DEPTH } from '../budget.ts';
import { raise } from '../errors.ts';
import { raiseUnsupported } from '../unsupported.ts';
import { Dict, DictView } from './dict.ts';
import { formatFloatRepr, formatInt } from './numbers.ts';
import {
  Callable,
  Float,
  isInt,
  Markup,
  Namespace,
  OneShotIterator,
  PythonObject,
  Range,
  type RenderState,
  Tuple,
  Undefined,
  type Value,
} from './values.ts';

/** Returns the result of Python's `str()`. */
export function str(value: Value, state: RenderState): string {
  return scalarString(value, state) ?? finish(reprSteps(value, state));
}

/** Like `str`, with pauses for large values. */
export function* strSteps(value: Value, state: RenderState): Steps<string> {
  return scalarString(value, state) ?? (yield* reprSteps(value, state));
}

/** Returns the string of a value that contains no other values; undefined for a container. */
export function scalarString(value: Value, state: RenderState): string | undefined {
  if (typeof value === 'string') return value;
  if (isInt(value)) return formatInt(value, state.budget);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return '';
  return value instanceof Float ? formatFloatRepr(value.value) : undefined;
}

function* reprSteps(value: Value, state: RenderState): Steps<string> {
  const out = new StringBuilder();
  yield* writeRepr(value, state, out, 0);
  return out.build();
}

export const repr = (value: Value, state: RenderState): string => finish(reprSteps(value, state));

function* writeRepr(value: Value, state: RenderState, out: StringBuilder, depth: number): Steps<void> {
  if (depth > MAX_DATA_DEPTH) raise('RecursionError', 'a value is nested too deeply to be printed');
  const append = (text: string): void => {
    state.budget.allocate(text.length);
    out.append(text);
  };
  state.budget.step();
  if (state.budget.isPauseDue()) yield;
  if (typeof value === 'string') return append(quoteString(value, state));
  if (Array.isArray(value)) return yield* writeItems(value, state, out, depth, ['[', ']']);
  if (value instanceof Tuple) {
    return yield* writeItems(value.items, state, out, depth, ['(', value.items.length === 1 ? ',)' : ')']);
  }
  if (value instanceof Dict) return yield* writeDict(value, state, out, depth);
  if (value instanceof DictView) {
    append(`${value.type}(`);
    yield* writeItems(value.items(), state, out, depth, ['[', ']']);
    return append(')');
  }
  if (value instanceof Namespace) {
    append('<Namespace ');
    yield* writeEntries(value.entries(), state, out, depth);
    return append('>');
  }
  if (value instanceof PythonObject) return append(objectText(value, state));
  append(scalarString(value, state) ?? '');
}

function* writeItems(
  items: readonly Value[],
  state: RenderState,
  out: StringBuilder,
  depth: number,
  [open, close]: readonly [string, string],
): Steps<void> {
  out.append(open);
  for (const [index, item] of items.entries()) {
    if (index > 0) out.append(', ');
    yield* writeRepr(item, state, out, depth + 1);
  }
  out.append(close);
}

const writeDict = (dict: Dict, state: RenderState, out: StringBuilder, depth: number): Steps<void> =>
  writeEntries(dict.entries(), state, out, depth);

function* writeEntries(
  entries: Iterable<readonly [Value, Value]>,
  state: RenderState,
  out: StringBuilder,
  depth: number,
): Steps<void> {
  let separator = '{';
  for (const [key, value] of entries) {
    out.append(separator);
    yield* writeRepr(key, state, out, depth + 1);
    out.append(': ');
    yield* writeRepr(value, state, out, depth + 1);
    separator = ', ';
  }
  out.append(separator === '{' ? '{}' : '}');
}

function objectText(value: PythonObject, state: RenderState): string {
  if (value instanceof Markup) return `Markup(${quoteString(value.text, state)})`;
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Range) {
    const { start, stop, step } = value;
    return step === 1 ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`;
  }
  if (value instanceof OneShotIterator) return raiseUnsupported('printing a generator');
  if (value instanceof Callable) return value.describe() ?? raiseUnsupported('printing a function');
  return scalarString(value, state) ?? raiseUnsupported('printing a function');
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

// The characters that Python does not consider printable: the categories Other and Separator, except the space.
const UNPRINTABLE = /(?! )[\p{C}\p{Z}]/u;
const ESCAPED_CHARACTERS = /[\\]|(?! )[\p{C}\p{Z}]/gu;

/** Quotes a string as Python's `repr()` does. */
function quoteString(text: string, state: RenderState): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(ESCAPED_CHARACTERS, (character) => {
    if (state.markedStrings.isMark(character)) return character;
    return ESCAPES.get(character) ?? hexEscape(character);
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** Returns whether every character is printable. */
export const isPrintable = (text: string): boolean => !UNPRINTABLE.test(text);

/** Returns the escape of a character as Python's `repr()` writes it. */
export function hexEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}
