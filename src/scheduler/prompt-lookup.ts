// Prompt-lookup speculation (Saxena 2023): text often repeats itself, so the tokens that followed the last few
// tokens when they stood earlier in the same sequence are a good guess of what comes next. The guess costs
// nothing, and a step checks all of it at once: what the model would have chosen anyway is accepted.

const LONGEST = 4; // tokens that must agree, tried from the longest
const SHORTEST = 2;

/**
 * Tokens that may follow `tokens`: those after the latest earlier place that agrees with their end.
 * @param most drafts wanted
 */
export function promptLookup(tokens: Int32Array, most: number): Int32Array {
  const { length } = tokens;
  if (most < 1) return NONE;
  for (let size = Math.min(LONGEST, length - 1); size >= SHORTEST; size--) {
    for (let end = length - 1; end >= size; end--) {
      if (!agrees(tokens, end, size)) continue;
      return tokens.slice(end, Math.min(length, end + most));
    }
  }
  return NONE;
}

const NONE = new Int32Array(0);

// Whether the `size` tokens before `end` are the last ones of all.
function agrees(tokens: Int32Array, end: number, size: number): boolean {
  for (let i = 1; i <= size; i++) {
    if (tokens[end - i] !== tokens[tokens.length - i]) return false;
  }
  return true;
}
