// Changes JSON values so that they stay valid JSON, to test the checks after parsing. Repeatable.

import type { JsonObject, JsonValue } from '../../../src/base/model/tokenizer-data.ts';
import { randomInteger } from '../random.ts';

const STRANGE: readonly JsonValue[] = [
  ...[0, 1, -1, 0.5, 2 ** 31 - 1, 2 ** 53, 1e308, Number.POSITIVE_INFINITY, Number.NaN],
  ...['', ' ', '\u2581', '\ud800', '__proto__', 'a'.repeat(300), '<|im_end|>'],
  ...[null, true, false, [], {}, [[]], [0], { content: 'x' }, { type: 'Sequence' }],
];

/** Returns a copy with one to four parts replaced, added or removed. */
export function mutateJson(object: JsonObject, random: () => number): JsonObject {
  let mutant = structuredClone(object);
  for (let changes = 1 + randomInteger(random, 4); changes > 0; changes--) {
    const changed = change(mutant, random);
    if (isObject(changed)) mutant = changed;
  }
  return mutant;
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// Descends to a random part and changes it.
function change(value: JsonValue, random: () => number): JsonValue {
  if (typeof value !== 'object' || value === null || random() < 0.02) return strange(random);
  const keys = Object.keys(value);
  const key = keys[randomInteger(random, keys.length + 1)];
  if (key === undefined) return grown(value, random);
  if (random() < 0.15) return without(value, key);
  const parts = value as { [key: string]: JsonValue };
  const part = parts[key] ?? null;
  parts[key] = random() < 0.3 ? strange(random) : change(part, random);
  return value;
}

function grown(value: JsonValue[] | { [key: string]: JsonValue }, random: () => number): JsonValue {
  if (Array.isArray(value)) return [...value, ...value.slice(0, randomInteger(random, 8)), strange(random)];
  return { ...value, [String(randomInteger(random, 400))]: strange(random) };
}

function without(value: JsonValue[] | { [key: string]: JsonValue }, key: string): JsonValue {
  if (Array.isArray(value)) return value.filter((_, index) => index !== Number(key));
  const { [key]: _, ...others } = value;
  return others;
}

const strange = (random: () => number): JsonValue =>
  structuredClone(STRANGE[randomInteger(random, STRANGE.length)] ?? null);
