// Sets of characters (code points): ranges, Unicode properties, complements, intersections. The results for the
// characters of the basic multilingual plane are cached, so that most tests are table look-ups.

export type CharacterTest = (code: number) => boolean;

// The cached result for a character.
const UNKNOWN = 0;
const INSIDE = 1;
const OUTSIDE = 2;

export class CharacterSet {
  readonly #test: CharacterTest;
  readonly #cachedResults = new Uint8Array(0x1_0000);

  constructor(test: CharacterTest) {
    this.#test = test;
  }

  /** @param code undefined at the end of the text */
  readonly has = (code: number | undefined): boolean => {
    if (code === undefined) return false;
    const cachedResult = this.#cachedResults[code] ?? UNKNOWN;
    if (cachedResult !== UNKNOWN) return cachedResult === INSIDE;
    const isInside = this.#test(code);
    if (code < 0x1_0000) this.#cachedResults[code] = isInside ? INSIDE : OUTSIDE;
    return isInside;
  };
}

export const rangeTest =
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

/** Creates a test that a character also passes if its upper or lower case passes; the long s passes like s. */
export const ignoringCase =
  (test: CharacterTest): CharacterTest =>
  (code) =>
    test(code) || caseVariants(code).some(test);

function caseVariants(code: number): number[] {
  const text = String.fromCodePoint(code);
  const [lower, upper] = [text.toLowerCase(), text.toUpperCase()];
  const cases = [lower, upper, upper.toLowerCase(), lower.toUpperCase()];
  // A variant of several characters, such as the upper case of the German sharp s, is ignored.
  return cases.flatMap((variant) =>
    Array.from(variant).length === 1 ? [variant.codePointAt(0) ?? code] : [],
  );
}

function createPatternTest(source: string): CharacterTest {
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

/** Creates a test for a property with an Oniguruma or Unicode name; undefined for an unknown name. */
export function propertyTest(name: string): CharacterTest | undefined {
  const normalizedName = name.toLowerCase().replace(/[ _-]/g, '');
  const posixClass = Object.hasOwn(POSIX_CLASSES, normalizedName) ? POSIX_CLASSES[normalizedName] : undefined;
  if (posixClass !== undefined) return createPatternTest(posixClass);
  if (!/^[A-Za-z_=]+$/.test(name)) return undefined;
  const capitalized = name.charAt(0).toUpperCase() + name.slice(1).toLowerCase();
  for (const source of [name, `Script=${name}`, capitalized, `Script=${capitalized}`]) {
    try {
      return createPatternTest(`\\p{${source}}`);
    } catch {
      // No property has this name: try the next form of the name.
    }
  }
  return undefined;
}
