// Tests the truth value of a value as Python does.

import { Dict, DictView } from './dict.ts';
import { Float, Markup, PythonObject, Range, Tuple, Undefined, type Value } from './values.ts';

export function isTrue(value: Value): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  if (!(value instanceof PythonObject)) return Boolean(value);
  if (value instanceof Dict) return value.size > 0;
  if (value instanceof Undefined) return false;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Markup) return value.text.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Range) return value.length > 0;
  return value instanceof DictView ? value.dict.size > 0 : true;
}
