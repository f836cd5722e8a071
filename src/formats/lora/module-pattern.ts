// The patterns of PEFT that select modules (keys of `alpha_pattern`): regular expressions of Python that must match the last parts
// of a module's name, between dots. They come from a file, so only expressions whose matching takes a bounded time are accepted:
// without groups, and with few repetitions.

const SUPPORTED = /^\^?(?:[\w-]|\.|\\[.d]|\[[\w-]+\])(?:(?:[\w-]|\.|\\[.d]|\[[\w-]+\])|[*+?])*\$?$/;
const MAX_PATTERN_LENGTH = 256;
const MAX_REPETITIONS = 3;

/** Returns a function that tells whether a module matches; undefined for a pattern that is not supported. */
export function modulePattern(pattern: string): ((module: string) => boolean) | undefined {
  const repetitions = pattern.match(/[*+?]/g)?.length ?? 0;
  if (pattern.length > MAX_PATTERN_LENGTH || repetitions > MAX_REPETITIONS || !SUPPORTED.test(pattern))
    return undefined;
  try {
    const expression = new RegExp(`^(?:.*\\.)?(?:${pattern})$`);
    return (module) => expression.test(module);
  } catch {
    return undefined; // for example two repetitions of one character
  }
}
