// Sets of characters (code points): ranges, Unicode properties, complements, intersections. The result for each character
// of the basic plane is cached, so that a test is a table look-up.

export type CharacterTest = (code: number) => boolean;

// Cached result for a character.
const UNKNOWN = 0;
const INSIDE = 1;
const OUTSIDE = 2;

export class CharacterSet {
  readonly #test: CharacterTest;
  readonly #known = new Uint8Array(0x1_0000);

  constructor(test: CharacterTest) {
    this.#test = test;
  }

  /** @param code undefined at the end of the text */
  readonly has = (code: number | undefined): boolean => {
    if (code === undefined) return false;
    const known = this.#known[code] ?? UNKNOWN;
    if (known !== UNKNOWN) return known === INSIDE;
    const inside = this.#test(code);
    if (code < 0x1_0000) this.#known[code] = inside ? INSIDE : OUTSIDE;
    return inside;
  };
}

export const range =
  (first: number, last: number): CharacterTest =>
  (code) =>
    code >= first && code <= last;

export const anyOf =
  (tests: readonly CharacterTest[]): CharacterTest =>
  (code) =>
    tests.some((test) => test(code));

export const allOf =
  (tests: readonly CharacterTest[]): CharacterTest =>
  (code) =>
    tests.every((test) => test(code));

export const not =
  (test: CharacterTest): CharacterTest =>
  (code) =>
    !test(code);

/** Also matches a character if another case of it matches; the long s matches s, and the Kelvin sign k. */
export const ignoringCase =
  (test: CharacterTest): CharacterTest =>
  (code) =>
    test(code) || casesOf(code).some(test);

function casesOf(code: number): number[] {
  const text = String.fromCodePoint(code);
  const [lower, upper] = [text.toLowerCase(), text.toUpperCase()];
  const cases = [lower, upper, upper.toLowerCase(), lower.toUpperCase()];
  // A case of several characters, such as that of the German sharp s, does not count.
  return cases.flatMap((one) => (Array.from(one).length === 1 ? [one.codePointAt(0) ?? code] : []));
}

function fromPattern(source: string): CharacterTest {
  const pattern = new RegExp(`^${source}$`, 'u');
  return (code) => pattern.test(String.fromCodePoint(code));
}

// POSIX class names with Oniguruma's Unicode definitions.
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '[\\p{Alphabetic}\\p{Nd}]',
  alpha: '\\p{Alphabetic}',
  any: '[^]',
  ascii: '[\\0-\\x7f]',
  blank: '[\\t\\p{Zs}]',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: '[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]',
  lower: '\\p{Lowercase}',
  print: '(?!\\p{Zl}|\\p{Zp})[^\\p{Cc}\\p{Cn}\\p{Cs}]',
  punct: '[\\p{P}\\p{S}]',
  space: '\\p{White_Space}',
  upper: '\\p{Uppercase}',
  word: '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]',
  xdigit: '[0-9A-Fa-f]',
};

/** Returns the characters of a property by its Oniguruma or Unicode name; undefined for an unknown name. */
export function property(name: string): CharacterTest | undefined {
  const plain = name.toLowerCase().replace(/[ _-]/g, '');
  const named = Object.hasOwn(POSIX_CLASSES, plain) ? POSIX_CLASSES[plain] : undefined;
  if (named !== undefined) return fromPattern(named);
  if (!/^[A-Za-z_=]+$/.test(name)) return undefined;
  const capital = name.charAt(0).toUpperCase() + name.slice(1).toLowerCase();
  for (const source of [name, `Script=${name}`, capital, `Script=${capital}`]) {
    try {
      return fromPattern(`\\p{${source}}`);
    } catch {
      // No such property: the next spelling.
    }
  }
  return undefined;
}
