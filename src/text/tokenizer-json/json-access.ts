// Reads fields of a parsed tokenizer.json, which anyone may have written, and names what is not supported.

import { QuireError } from '../../base/errors.ts';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The `type` of a part of the definition, for messages and choices. */
export function typeOf(node: JsonObject): string {
  return typeof node.type === 'string' ? node.type : 'without a type';
}

/** The objects in a list; none where it is absent. */
export function objectsIn(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

// Each step is a call within a call, and work for every word. Tokenizers have ten.
const MOST_STEPS = 100;

/**
 * The steps of a pipeline, sequences within sequences taken apart; none where it is absent.
 * @param list the key that holds the steps of a `Sequence`
 * Throws `unsupported_tokenizer` for more than 100.
 */
export function stepsIn(node: JsonValue | undefined, list: string): JsonObject[] {
  const steps: JsonObject[] = [];
  const waiting = [node];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (!isObject(next)) continue;
    if (next.type !== 'Sequence') steps.push(next);
    else for (const step of objectsIn(next[list]).reverse()) waiting.push(step);
    if (steps.length + waiting.length > MOST_STEPS)
      throw unsupported(`a Sequence of more than ${MOST_STEPS} ${list}`);
  }
  return steps;
}

/** A flag that may be absent or null. */
export function flag(value: JsonValue | undefined, otherwise: boolean): boolean {
  return typeof value === 'boolean' ? value : otherwise;
}

export function unsupported(what: string): QuireError {
  const hint = 'use a model with byte-level BPE or SentencePiece BPE';
  return new QuireError('unsupported_tokenizer', `tokenizer.json: ${what} is not supported`, hint);
}

export function badDefinition(what: string): QuireError {
  return new QuireError('bad_tokenizer', `tokenizer.json: ${what}`, 'the file is damaged: download it again');
}
