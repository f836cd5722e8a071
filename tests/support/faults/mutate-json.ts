// Changes JSON values at random, to test the checks of parsed values. The same random numbers cause the same changes.

import type { JsonObject, JsonValue } from '../../../src/base/model/tokenizer-data.ts';
import { randomInteger } from '../random.ts';

const REPLACEMENTS: readonly JsonValue[] = [
  ...[0, 1, -1, 0.5, 2 ** 31 - 1, 2 ** 53, 1e308, Number.POSITIVE_INFINITY, Number.NaN],
  ...['', ' ', '\u2581', '\ud800', '__proto__', 'a'.repeat(300), '<|im_end|>'],
  ...[null, true, false, [], {}, [[]], [0], { content: 'x' }, { type: 'Sequence' }],
];

/** Returns a copy of an object in which one to four values are replaced, added or removed. */
export function mutateJson(object: JsonObject, random: () => number): JsonObject {
  let mutant = structuredClone(object);
  for (let changes = 1 + randomInteger(random, 4); changes > 0; changes--) {
    const changedValue = changeValue(mutant, random);
    if (isObject(changedValue)) mutant = changedValue;
  }
  return mutant;
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// Changes a random value within `value`. Returns the changed value.
function changeValue(value: JsonValue, random: () => number): JsonValue {
  if (typeof value !== 'object' || value === null || random() < 0.02) return randomReplacement(random);
  const keys = Object.keys(value);
  const key = keys[randomInteger(random, keys.length + 1)];
  if (key === undefined) return withNewValue(value, random);
  if (random() < 0.15) return without(value, key);
  const children = value as { [key: string]: JsonValue };
  const child = children[key] ?? null;
  children[key] = random() < 0.3 ? randomReplacement(random) : changeValue(child, random);
  return value;
}

function withNewValue(value: JsonValue[] | { [key: string]: JsonValue }, random: () => number): JsonValue {
  if (Array.isArray(value))
    return [...value, ...value.slice(0, randomInteger(random, 8)), randomReplacement(random)];
  return { ...value, [String(randomInteger(random, 400))]: randomReplacement(random) };
}

function without(value: JsonValue[] | { [key: string]: JsonValue }, key: string): JsonValue {
  if (Array.isArray(value)) return value.filter((_, index) => index !== Number(key));
  const { [key]: _, ...others } = value;
  return others;
}

const randomReplacement = (random: () => number): JsonValue =>
  structuredClone(REPLACEMENTS[randomInteger(random, REPLACEMENTS.length)] ?? null);
