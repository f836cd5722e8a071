// How deep the lists and objects of a JSON text lie in each other. What reads them, and what quotes them in a message,
// calls itself for each: a text of nothing but brackets would end at the end of the stack.

// As the library tokenizers and safetensors have it; the files that there are need a dozen.
export const MAX_DEPTH = 128;

export function isTooDeep(value: unknown): boolean {
  let level = isNested(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((one) => Object.values(one).filter(isNested));
  }
  return false;
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
