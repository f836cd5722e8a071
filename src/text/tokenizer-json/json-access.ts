// Reads fields of a parsed, untrusted tokenizer.json and creates the errors for unsupported or invalid fields.

import { QuireError } from '../../base/errors.ts';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the `type` of a component, for error messages. */
export function typeName(node: JsonObject): string {
  return typeof node.type === 'string' ? node.type : 'without a type';
}

/** Returns the objects in a list; an empty list if the value is absent. */
export function objectList(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

// Each step is a nested call that runs for every word. Real tokenizers have at most ten steps.
const MAX_STEPS = 100;

/**
 * Returns the steps of a pipeline, with nested sequences flattened; an empty list if the pipeline is absent. Throws
 * `unsupported_tokenizer` for more than 100 steps.
 * @param listKey the field of a `Sequence` that contains its steps
 */
export function flattenSequence(node: JsonValue | undefined, listKey: string): JsonObject[] {
  const steps: JsonObject[] = [];
  const pendingNodes = [node];
  while (pendingNodes.length > 0) {
    const next = pendingNodes.pop();
    if (!isObject(next)) continue;
    if (next.type !== 'Sequence') steps.push(next);
    else for (const step of objectList(next[listKey]).reverse()) pendingNodes.push(step);
    if (steps.length + pendingNodes.length > MAX_STEPS)
      throw unsupportedError(`a Sequence of more than ${MAX_STEPS} ${listKey}`);
  }
  return steps;
}

/** Returns a boolean field, or `defaultValue` if it is absent or null. */
export function booleanOr(value: JsonValue | undefined, defaultValue: boolean): boolean {
  return typeof value === 'boolean' ? value : defaultValue;
}

export function unsupportedError(feature: string): QuireError {
  const hint = 'use a model with byte-level BPE or SentencePiece BPE';
  return new QuireError('unsupported_tokenizer', `tokenizer.json: ${feature} is not supported`, hint);
}

export function badDefinitionError(problem: string): QuireError {
  return new QuireError(
    'bad_tokenizer',
    `tokenizer.json: ${problem}`,
    'the file is damaged: download it again',
  );
}
