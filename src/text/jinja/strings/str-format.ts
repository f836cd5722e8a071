// The string methods `format` and `format_map`: `'{} is {age:>3}'.format(...)`.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import { bindPositional } from '../values/arguments.ts';
import { Dict } from '../values/dict.ts';
import { stringOf } from '../values/markup.ts';
import { isNumeric } from '../values/numbers.ts';
import { str, strSteps } from '../values/str.ts';
import {
  type Arguments,
  defaultIfUndefined,
  isString,
  type RenderState,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import { formatNumber, formatString, parseSpec } from './format-spec.ts';
import { formatRepr } from './percent-format.ts';

/** Returns the value of a field by name or number. */
type FindValue = (name: string) => Value;

export function* formatWithArguments(text: string, args: Arguments, state: RenderState): Steps<string> {
  let isAutomatic: boolean | undefined;
  let nextIndex = 0;
  const indexOfField = (name: string): number => {
    if (isAutomatic !== undefined && isAutomatic !== (name === ''))
      raise('ValueError', 'automatic and manual field numbering cannot be mixed');
    isAutomatic = name === '';
    return isAutomatic ? nextIndex++ : Number(name);
  };
  const findValue: FindValue = (name) => {
    if (name !== '' && !/^[0-9]+$/.test(name))
      return defaultIfUndefined(args.named.get(name), () =>
        raise('LookupError', `the format has no value for ${name}`),
      );
    const index = indexOfField(name);
    return (
      args.positional[index] ??
      (index < args.positional.length ? null : raise('LookupError', 'too few values'))
    );
  };
  return yield* fillFields(text, findValue, state, 2);
}

export function* formatWithMapping(text: string, args: Arguments, state: RenderState): Steps<string> {
  const values = bindPositional('format_map', ['values'], args).required('values');
  if (!(values instanceof Dict)) return raise('TypeError', 'format_map needs a dictionary');
  return yield* fillFields(text, (name) => state.library.getItem(values, name, state), state, 2);
}

/** @param depth remaining levels of nested fields */
function* fillFields(text: string, findValue: FindValue, state: RenderState, depth: number): Steps<string> {
  if (depth < 0) raise('ValueError', 'fields are nested too deeply');
  const out = new StringBuilder();
  state.budget.allocate(text.length);
  for (let at = 0; at < text.length; ) {
    const bracePattern = /[{}]/g;
    bracePattern.lastIndex = at;
    const brace = bracePattern.exec(text)?.index ?? text.length;
    out.append(text.slice(at, brace));
    if (brace >= text.length) break;
    if (text.charAt(brace + 1) === text.charAt(brace)) {
      out.append(text.charAt(brace));
      at = brace + 2;
      continue;
    }
    if (text.charAt(brace) === '}') raise('ValueError', 'a } without a {');
    const end = findFieldEnd(text, brace + 1);
    const part = yield* formatField(text.slice(brace + 1, end), findValue, state, depth);
    state.budget.allocate(part.length);
    out.append(part);
    at = end + 1;
  }
  return out.build();
}

function findFieldEnd(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text.charAt(at) === '{') depth++;
    if (text.charAt(at) === '}' && --depth === 0) return at;
  }
  return raise('ValueError', 'a { without a }');
}

const FIELD = /^([^!:[\].]*)((?:\.[^!:[\].]+|\[[^\]]+\])*)(?:!([^:]*))?(?::(.*))?$/s;

function* formatField(
  source: string,
  findValue: FindValue,
  state: RenderState,
  depth: number,
): Steps<string> {
  const parts = FIELD.exec(source);
  if (parts === null) raise('ValueError', `${JSON.stringify(source)} is not a valid field`);
  const [, name = '', path = '', conversion, specSource = ''] = parts;
  let value = findValue(name);
  for (const [, attributeName, key] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/gy)) {
    if (attributeName !== undefined) value = state.library.getAttribute(value, attributeName, state);
    else if (key !== undefined)
      value = state.library.getItem(value, /^[0-9]+$/.test(key) ? Number(key) : key, state);
  }
  if (conversion !== undefined) value = convert(value, conversion, state);
  return yield* formatValue(value, yield* fillFields(specSource, findValue, state, depth - 1), state);
}

function convert(value: Value, conversion: string, state: RenderState): Value {
  if (conversion === 's') return str(value, state);
  if (conversion !== 'r' && conversion !== 'a') raise('ValueError', `!${conversion} is not a conversion`);
  return formatRepr(value, conversion === 'a', state);
}

function* formatValue(value: Value, spec: string, state: RenderState): Steps<string> {
  if (spec === '') return yield* strSteps(value, state);
  if (isString(value)) return formatString(stringOf(value), parseSpec(spec), state);
  if (isNumeric(value)) return formatNumber(value, parseSpec(spec), state);
  if (value instanceof Undefined) value.raise();
  return raise('TypeError', `a ${typeName(value)} does not support a format specification`);
}
