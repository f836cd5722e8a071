// `'{} is {age:>3}'.format(...)`.

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
  isString,
  orElse,
  type RenderState,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import { formatNumber, formatString, parseSpec } from './format-spec.ts';
import { asRepr } from './percent-format.ts';

/** Returns the value of a field by name or number. */
type FindValue = (name: string) => Value;

export function* formatTemplate(text: string, given: Arguments, state: RenderState): Steps<string> {
  let automatic: boolean | undefined;
  let next = 0;
  const place = (name: string): number => {
    if (automatic !== undefined && automatic !== (name === ''))
      raise('ValueError', 'automatic and manual field numbering cannot be mixed');
    automatic = name === '';
    return automatic ? next++ : Number(name);
  };
  const find: FindValue = (name) => {
    if (name !== '' && !/^[0-9]+$/.test(name))
      return orElse(given.named.get(name), () => raise('LookupError', `the format has no value for ${name}`));
    const at = place(name);
    return (
      given.positional[at] ?? (at < given.positional.length ? null : raise('LookupError', 'too few values'))
    );
  };
  return yield* fill(text, find, state, 2);
}

export function* formatMapped(text: string, given: Arguments, state: RenderState): Steps<string> {
  const values = bindPositional('format_map', ['values'], given).required('values');
  if (!(values instanceof Dict)) return raise('TypeError', 'format_map needs a dictionary');
  return yield* fill(text, (name) => state.library.item(values, name, state), state, 2);
}

/** @param depth remaining levels of nested fields */
function* fill(text: string, find: FindValue, state: RenderState, depth: number): Steps<string> {
  if (depth < 0) raise('ValueError', 'fields are nested too deeply');
  const out = new StringBuilder();
  state.budget.allocate(text.length);
  for (let at = 0; at < text.length; ) {
    const found = /[{}]/g;
    found.lastIndex = at;
    const brace = found.exec(text)?.index ?? text.length;
    out.append(text.slice(at, brace));
    if (brace >= text.length) break;
    if (text.charAt(brace + 1) === text.charAt(brace)) {
      out.append(text.charAt(brace));
      at = brace + 2;
      continue;
    }
    if (text.charAt(brace) === '}') raise('ValueError', 'a } without a {');
    const end = endOfField(text, brace + 1);
    const part = yield* formatField(text.slice(brace + 1, end), find, state, depth);
    state.budget.allocate(part.length);
    out.append(part);
    at = end + 1;
  }
  return out.build();
}

function endOfField(text: string, from: number): number {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text.charAt(at) === '{') open++;
    if (text.charAt(at) === '}' && --open === 0) return at;
  }
  return raise('ValueError', 'a { without a }');
}

const FIELD = /^([^!:[\].]*)((?:\.[^!:[\].]+|\[[^\]]+\])*)(?:!([^:]*))?(?::(.*))?$/s;

function* formatField(source: string, find: FindValue, state: RenderState, depth: number): Steps<string> {
  const parts = FIELD.exec(source);
  if (parts === null) raise('ValueError', `${JSON.stringify(source)} is not a valid field`);
  const [, name = '', path = '', conversion, specSource = ''] = parts;
  let value = find(name);
  for (const [, attributeName, key] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/gy)) {
    if (attributeName !== undefined) value = state.library.attribute(value, attributeName, state);
    else if (key !== undefined)
      value = state.library.item(value, /^[0-9]+$/.test(key) ? Number(key) : key, state);
  }
  if (conversion !== undefined) value = convert(value, conversion, state);
  return yield* formatValue(value, yield* fill(specSource, find, state, depth - 1), state);
}

function convert(value: Value, conversion: string, state: RenderState): Value {
  if (conversion === 's') return str(value, state);
  if (conversion !== 'r' && conversion !== 'a') raise('ValueError', `!${conversion} is not a conversion`);
  return asRepr(value, conversion === 'a', state);
}

function* formatValue(value: Value, spec: string, state: RenderState): Steps<string> {
  if (spec === '') return yield* strSteps(value, state);
  if (isString(value)) return formatString(stringOf(value), parseSpec(spec), state);
  if (isNumeric(value)) return formatNumber(value, parseSpec(spec), state);
  if (value instanceof Undefined) value.raise();
  return raise('TypeError', `a ${typeName(value)} does not support a format specification`);
}
