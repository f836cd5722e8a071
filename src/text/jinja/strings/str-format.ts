// `'{} is {age:>3}'.format(...)`.

import type { Steps } from '../../../base/steps.ts';
import { TextBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import { bindPlaces } from '../values/arguments.ts';
import { Dict } from '../values/dict.ts';
import { markupText } from '../values/markup.ts';
import { isNumeric } from '../values/numbers.ts';
import { str, strSteps } from '../values/str.ts';
import {
  type Arguments,
  isText,
  orElse,
  type Run,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import { formatNumber, formatPlain, parseSpec } from './format-spec.ts';
import { asRepr } from './percent-format.ts';

/** Finds the value of a field by its name or number. */
type Find = (name: string) => Value;

export function* formatText(text: string, given: Arguments, run: Run): Steps<string> {
  let automatic: boolean | undefined;
  let next = 0;
  const place = (name: string): number => {
    if (automatic !== undefined && automatic !== (name === ''))
      raise('ValueError', 'fields are numbered either all or none');
    automatic = name === '';
    return automatic ? next++ : Number(name);
  };
  const find: Find = (name) => {
    if (name !== '' && !/^[0-9]+$/.test(name))
      return orElse(given.named.get(name), () => raise('LookupError', `the format has no value for ${name}`));
    const at = place(name);
    return (
      given.positional[at] ?? (at < given.positional.length ? null : raise('LookupError', 'too few values'))
    );
  };
  return yield* fill(text, find, run, 2);
}

export function* formatMapped(text: string, given: Arguments, run: Run): Steps<string> {
  const values = bindPlaces('format_map', ['values'], given).required('values');
  if (!(values instanceof Dict)) return raise('TypeError', 'format_map takes a dictionary');
  return yield* fill(text, (name) => run.library.item(values, name, run), run, 2);
}

/** @param depth how many levels of fields within fields are left */
function* fill(text: string, find: Find, run: Run, depth: number): Steps<string> {
  if (depth < 0) raise('ValueError', 'fields nest too deep');
  const out = new TextBuilder();
  run.budget.text(text.length);
  for (let at = 0; at < text.length; ) {
    const found = /[{}]/g;
    found.lastIndex = at;
    const brace = found.exec(text)?.index ?? text.length;
    out.add(text.slice(at, brace));
    if (brace >= text.length) break;
    if (text.charAt(brace + 1) === text.charAt(brace)) {
      out.add(text.charAt(brace));
      at = brace + 2;
      continue;
    }
    if (text.charAt(brace) === '}') raise('ValueError', 'a } without its {');
    const end = endOfField(text, brace + 1);
    const part = yield* field(text.slice(brace + 1, end), find, run, depth);
    run.budget.text(part.length);
    out.add(part);
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
  return raise('ValueError', 'a { without its }');
}

const FIELD = /^([^!:[\].]*)((?:\.[^!:[\].]+|\[[^\]]+\])*)(?:!([^:]*))?(?::(.*))?$/s;

function* field(source: string, find: Find, run: Run, depth: number): Steps<string> {
  const parts = FIELD.exec(source);
  if (parts === null) raise('ValueError', `${JSON.stringify(source)} is no field of a format`);
  const [, name = '', path = '', conversion, specSource = ''] = parts;
  let value = find(name);
  for (const [, attributeName, key] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/gy)) {
    if (attributeName !== undefined) value = run.library.attribute(value, attributeName, run);
    else if (key !== undefined)
      value = run.library.item(value, /^[0-9]+$/.test(key) ? Number(key) : key, run);
  }
  if (conversion !== undefined) value = converted(value, conversion, run);
  return yield* formatted(value, yield* fill(specSource, find, run, depth - 1), run);
}

function converted(value: Value, conversion: string, run: Run): Value {
  if (conversion === 's') return str(value, run);
  if (conversion !== 'r' && conversion !== 'a') raise('ValueError', `!${conversion} is no conversion`);
  return asRepr(value, conversion === 'a', run);
}

function* formatted(value: Value, spec: string, run: Run): Steps<string> {
  if (spec === '') return yield* strSteps(value, run);
  if (isText(value)) return formatPlain(markupText(value), parseSpec(spec), run);
  if (isNumeric(value)) return formatNumber(value, parseSpec(spec), run);
  if (value instanceof Undefined) value.raise();
  return raise('TypeError', `a ${typeName(value)} has no format`);
}
