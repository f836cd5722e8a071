// Limits how deeply lists and objects of a JSON file may be nested. The code that reads or quotes them is recursive, so
// a file that consists of brackets would overflow the stack.

// The limit of the libraries tokenizers and safetensors; real files need about twelve levels.
export const MAX_DEPTH = 128;

/** Returns whether `value` is nested more deeply than {@link MAX_DEPTH}. */
export function isTooDeep(value: unknown): boolean {
  let level = isContainer(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((child) => Object.values(child).filter(isContainer));
  }
  return false;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
