// Values as texts: what a template prints (`str`) and how they stand within others (`repr`).

import { finish, type Steps } from '../../../base/steps.ts';
import { TextBuilder } from '../../string-builder.ts';
import { MAX_DATA_DEPTH } from '../budget.ts';
import { raise } from '../errors.ts';
import { refused } from '../unsupported.ts';
import { Dict, DictView } from './dict.ts';
import { floatText, intText } from './numbers.ts';
import {
  Callable,
  Float,
  isInt,
  Markup,
  Namespace,
  PythonObject,
  Range,
  type Run,
  Stream,
  Tuple,
  Undefined,
  type Value,
} from './values.ts';

/** As `str()` writes it. */
export function str(value: Value, run: Run): string {
  return simple(value, run) ?? finish(reprSteps(value, run));
}

/** The same with pauses, for what may hold much. */
export function* strSteps(value: Value, run: Run): Steps<string> {
  return simple(value, run) ?? (yield* reprSteps(value, run));
}

/** The text of a value that holds no others; undefined of one that does. */
export function simple(value: Value, run: Run): string | undefined {
  if (typeof value === 'string') return value;
  if (isInt(value)) return intText(value, run.budget);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return '';
  return value instanceof Float ? floatText(value.value) : undefined;
}

function* reprSteps(value: Value, run: Run): Steps<string> {
  const out = new TextBuilder();
  yield* write(value, run, out, 0);
  return out.build();
}

export const repr = (value: Value, run: Run): string => finish(reprSteps(value, run));

function* write(value: Value, run: Run, out: TextBuilder, depth: number): Steps<void> {
  if (depth > MAX_DATA_DEPTH) raise('RecursionError', 'values lie too deep in each other to be printed');
  const add = (text: string): void => {
    run.budget.text(text.length);
    out.add(text);
  };
  run.budget.step();
  if (run.budget.due()) yield;
  if (typeof value === 'string') return add(quoted(value, run));
  if (Array.isArray(value)) return yield* writeItems(value, run, out, depth, ['[', ']']);
  if (value instanceof Tuple) {
    return yield* writeItems(value.items, run, out, depth, ['(', value.items.length === 1 ? ',)' : ')']);
  }
  if (value instanceof Dict) return yield* writeDict(value, run, out, depth);
  if (value instanceof DictView) {
    add(`${value.type}(`);
    yield* writeItems(value.items(), run, out, depth, ['[', ']']);
    return add(')');
  }
  if (value instanceof Namespace) {
    add('<Namespace ');
    yield* writeEntries(value.entries(), run, out, depth);
    return add('>');
  }
  if (value instanceof PythonObject) return add(objectText(value, run));
  add(simple(value, run) ?? '');
}

function* writeItems(
  items: readonly Value[],
  run: Run,
  out: TextBuilder,
  depth: number,
  [open, close]: readonly [string, string],
): Steps<void> {
  out.add(open);
  for (const [index, item] of items.entries()) {
    if (index > 0) out.add(', ');
    yield* write(item, run, out, depth + 1);
  }
  out.add(close);
}

const writeDict = (dict: Dict, run: Run, out: TextBuilder, depth: number): Steps<void> =>
  writeEntries(dict.entries(), run, out, depth);

function* writeEntries(
  entries: Iterable<readonly [Value, Value]>,
  run: Run,
  out: TextBuilder,
  depth: number,
): Steps<void> {
  let separator = '{';
  for (const [key, value] of entries) {
    out.add(separator);
    yield* write(key, run, out, depth + 1);
    out.add(': ');
    yield* write(value, run, out, depth + 1);
    separator = ', ';
  }
  out.add(separator === '{' ? '{}' : '}');
}

function objectText(value: PythonObject, run: Run): string {
  if (value instanceof Markup) return `Markup(${quoted(value.text, run)})`;
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Range) {
    const { start, stop, step } = value;
    return step === 1 ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`;
  }
  if (value instanceof Stream) return refused('printing a generator');
  if (value instanceof Callable) return value.describe() ?? refused('printing a function');
  return simple(value, run) ?? refused('printing a function');
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

// What Python takes for characters that cannot be printed, but the space.
const UNPRINTABLE = /(?! )[\p{C}\p{Z}]/u;
const TO_ESCAPE = /[\\]|(?! )[\p{C}\p{Z}]/gu;

/** As `repr` writes a text. */
function quoted(text: string, run: Run): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(TO_ESCAPE, (character) => {
    if (run.marked.isMark(character)) return character;
    return ESCAPES.get(character) ?? hexEscape(character);
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** Whether every character can be printed. */
export const isPrintable = (text: string): boolean => !UNPRINTABLE.test(text);

export function hexEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}
