// Reads fields of a parsed, untrusted tokenizer.json and creates the errors for unsupported or invalid ones.

import { QuireError } from '../../base/errors.ts';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The `type` of a component, for error messages. */
export function typeName(node: JsonObject): string {
  return typeof node.type === 'string' ? node.type : 'without a type';
}

/** The objects in a list; empty if it is absent. */
export function objectList(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

// Steps are nested calls and run for every word. Real tokenizers have at most ten.
const MAX_STEPS = 100;

/**
 * Returns the steps of a pipeline with nested sequences flattened; empty if it is absent.
 * @param list the key of the steps of a `Sequence`
 * Throws `unsupported_tokenizer` for more than 100.
 */
export function flattenSequence(node: JsonValue | undefined, list: string): JsonObject[] {
  const steps: JsonObject[] = [];
  const pending = [node];
  while (pending.length > 0) {
    const next = pending.pop();
    if (!isObject(next)) continue;
    if (next.type !== 'Sequence') steps.push(next);
    else for (const step of objectList(next[list]).reverse()) pending.push(step);
    if (steps.length + pending.length > MAX_STEPS)
      throw unsupported(`a Sequence of more than ${MAX_STEPS} ${list}`);
  }
  return steps;
}

/** Reads a flag that may be absent or null. */
export function booleanOr(value: JsonValue | undefined, otherwise: boolean): boolean {
  return typeof value === 'boolean' ? value : otherwise;
}

export function unsupported(what: string): QuireError {
  const hint = 'use a model with byte-level BPE or SentencePiece BPE';
  return new QuireError('unsupported_tokenizer', `tokenizer.json: ${what} is not supported`, hint);
}

export function badDefinition(what: string): QuireError {
  return new QuireError('bad_tokenizer', `tokenizer.json: ${what}`, 'the file is damaged: download it again');
}
