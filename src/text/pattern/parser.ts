// Parses the patterns of a tokenizer.json, which are written for Oniguruma in Ruby's syntax:
// https://github.com/kkos/oniguruma/blob/master/doc/RE. Features that cannot be matched in linear time (back references)
// or are useless for splitting text are rejected, and the error names them.

import {
  allOf,
  anyOf,
  CharacterSet,
  type CharacterTest,
  ignoringCase,
  not,
  propertyTest,
  rangeTest,
} from './character-set.ts';
import { PatternError } from './pattern-error.ts';
import { type Anchor, lengthOf, type PatternNode } from './pattern-node.ts';

/** Parses a pattern. Throws {@link PatternError}. */
export const parsePattern = (source: string): PatternNode => new Parser(source).parse();

interface Flags {
  readonly ignoreCase: boolean;
  /** whether white space and comments in the pattern are ignored */
  readonly extended: boolean;
  /** whether a dot also matches line ends */
  readonly dotAll: boolean;
}

const EMPTY: PatternNode = { kind: 'sequence', parts: [] };

// Letters after a backslash that denote a set; the capital letter denotes its complement.
const SHORTHANDS: Readonly<Record<string, string>> = { d: 'digit', s: 'space', w: 'word', h: 'xdigit' };

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };

const ANCHORS: Readonly<Record<string, Anchor>> = {
  A: 'text start',
  z: 'text end',
  Z: 'last line end',
  b: 'word boundary',
  B: 'no word boundary',
};

const UNSUPPORTED_ESCAPES: Readonly<Record<string, string>> = {
  X: '\\X (grapheme clusters)',
  K: '\\K',
  G: '\\G',
  k: 'a back reference',
  g: 'a subroutine call',
  y: '\\y',
  Y: '\\Y',
  N: '\\N',
  O: '\\O',
};

const MAX_REPEATS = 1000;
// Maximum depth of nested groups, sets and quantifiers: each level is a recursive call.
const MAX_DEPTH = 100;

class Parser {
  readonly #source: string;
  #offset = 0;
  #flags: Flags = { ignoreCase: false, extended: false, dotAll: false };
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): PatternNode {
    const node = this.#parseChoice();
    if (this.#offset < this.#source.length) throw invalidError('a ) without a (');
    return node;
  }

  // Parses up to the end or a closing parenthesis, which is not consumed. Flags that are set inside apply only there.
  #parseChoice(): PatternNode {
    const outerFlags = this.#flags;
    const options: PatternNode[] = [];
    this.#enterLevel();
    do options.push(this.#parseSequence());
    while (this.#accept('|'));
    this.#depth--;
    this.#flags = outerFlags;
    return options.length === 1 ? (options[0] ?? EMPTY) : { kind: 'choice', options };
  }

  #enterLevel(): void {
    if (++this.#depth > MAX_DEPTH) throw unsupportedError(`nesting deeper than ${MAX_DEPTH}`);
  }

  #parseSequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (;;) {
      if (this.#flags.extended) this.#skipWhiteSpace();
      this.#skipComments();
      const next = this.#peek();
      if (next === '' || next === '|' || next === ')') break;
      // Inline flags apply to the remaining part of the group, including later alternatives.
      const remainder = this.#parseInlineFlags();
      if (remainder !== undefined) parts.push(remainder);
      else parts.push(this.#parseQuantified(this.#parseAtom()));
    }
    return parts.length === 1 ? (parts[0] ?? EMPTY) : { kind: 'sequence', parts };
  }

  #skipWhiteSpace(): void {
    for (;;) {
      const next = this.#peek();
      if (next === '#') while (this.#offset < this.#source.length && this.#peek() !== '\n') this.#consume();
      else if (next !== '' && ' \t\n\r\f\v'.includes(next)) this.#consume();
      else return;
    }
  }

  #skipComments(): void {
    while (this.#accept('(?#'))
      while (this.#consume() !== ')') if (this.#peek() === '') throw invalidError('a ( without a )');
  }

  // Parses inline flags, "(?i)" or "(?i-x)", and the remaining part of the group, to which they apply.
  #parseInlineFlags(): PatternNode | undefined {
    const match = /^\(\?(?:#[^)]*|([imx]*)(?:-([imx]*))?)\)/.exec(
      this.#source.slice(this.#offset, this.#offset + 4096),
    );
    if (match === null) return undefined;
    this.#offset += match[0].length;
    this.#setFlags(match[1] ?? '', match[2] ?? '');
    return this.#parseChoice();
  }

  #setFlags(enabled: string, disabled: string): void {
    const isSet = (letter: string, current: boolean): boolean =>
      (current || enabled.includes(letter)) && !disabled.includes(letter);
    const { ignoreCase, extended, dotAll } = this.#flags;
    this.#flags = {
      ignoreCase: isSet('i', ignoreCase),
      extended: isSet('x', extended),
      dotAll: isSet('m', dotAll),
    };
  }

  #parseAtom(): PatternNode {
    const next = this.#consume();
    switch (next) {
      case '(':
        return this.#parseGroup();
      case '[':
        return this.#createSet(this.#parseBracket());
      case '.':
        return this.#createSet(this.#flags.dotAll ? () => true : (code) => code !== 10);
      case '^':
        return { kind: 'anchor', anchor: 'line start' };
      case '$':
        return { kind: 'anchor', anchor: 'line end' };
      case '\\':
        return this.#parseEscape();
      case '*':
      case '+':
      case '?':
        throw invalidError(`nothing before a ${next}`);
      default:
        return this.#createLiteral(next.codePointAt(0) ?? 0);
    }
  }

  #parseGroup(): PatternNode {
    let wrapBody = (body: PatternNode): PatternNode => body;
    const outerFlags = this.#flags;
    if (this.#accept('?')) wrapBody = this.#parseGroupKind();
    else if (this.#peek() === '*') throw unsupportedError('a call of a function');
    const body = this.#parseChoice();
    this.#flags = outerFlags;
    if (!this.#accept(')')) throw invalidError('a ( without a )');
    return wrapBody(body);
  }

  #parseGroupKind(): (body: PatternNode) => PatternNode {
    const createLookaround =
      (isLookbehind: boolean, isNegated: boolean) =>
      (body: PatternNode): PatternNode => {
        if (isLookbehind) checkLookbehind(body);
        return { kind: 'look', body, isLookbehind, isNegated };
      };
    if (this.#accept(':')) return (body) => body;
    if (this.#accept('=')) return createLookaround(false, false);
    if (this.#accept('!')) return createLookaround(false, true);
    if (this.#accept('<=')) return createLookaround(true, false);
    if (this.#accept('<!')) return createLookaround(true, true);
    if (this.#accept('>')) return (body) => ({ kind: 'atomic', body });
    const groupName = /^(?:<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/.exec(
      this.#source.slice(this.#offset, this.#offset + 256),
    );
    if (groupName !== null) {
      this.#offset += groupName[0].length;
      return (body) => body;
    }
    const flagsMatch = /^([imx]*)(?:-([imx]*))?:/.exec(this.#source.slice(this.#offset, this.#offset + 16));
    if (flagsMatch === null) throw unsupportedError(`a group that begins with (?${this.#peek()}`);
    this.#offset += flagsMatch[0].length;
    this.#setFlags(flagsMatch[1] ?? '', flagsMatch[2] ?? '');
    return (body) => body;
  }

  #parseQuantified(atom: PatternNode): PatternNode {
    let node = atom;
    const depth = this.#depth;
    for (;;) {
      if (this.#flags.extended) this.#skipWhiteSpace();
      this.#skipComments();
      const counts = this.#parseQuantifier();
      if (counts === undefined) break;
      this.#enterLevel();
      const { min, max, interval } = counts;
      if (min > MAX_REPEATS || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEATS)) {
        throw unsupportedError(`a repetition of more than ${MAX_REPEATS}`);
      }
      if (max < min) throw invalidError(`a repetition from ${min} to ${max}`);
      const [minLength] = lengthOf(node);
      if (max === Number.POSITIVE_INFINITY && minLength === 0)
        throw unsupportedError('a repetition of an expression that may be empty');
      // As in Ruby, a + after {} is another quantifier.
      const mode = this.#accept('?') ? 'lazy' : !interval && this.#accept('+') ? 'possessive' : 'greedy';
      if (interval && mode === 'lazy' && min === max) throw unsupportedError('a ? after a fixed count');
      node = { kind: 'repeat', body: node, min, max, mode };
    }
    this.#depth = depth;
    return node;
  }

  #parseQuantifier(): { min: number; max: number; interval: boolean } | undefined {
    const interval = /^\{(\d{0,6})(?:(,)(\d{0,6}))?\}/.exec(
      this.#source.slice(this.#offset, this.#offset + 16),
    );
    if (interval !== null && (interval[1] !== '' || interval[3])) {
      this.#offset += interval[0].length;
      const min = Number(interval[1] ?? 0);
      const max =
        interval[2] === undefined ? min : interval[3] ? Number(interval[3]) : Number.POSITIVE_INFINITY;
      return { min, max, interval: true };
    }
    if (this.#accept('*')) return { min: 0, max: Number.POSITIVE_INFINITY, interval: false };
    if (this.#accept('+')) return { min: 1, max: Number.POSITIVE_INFINITY, interval: false };
    return this.#accept('?') ? { min: 0, max: 1, interval: false } : undefined;
  }

  #parseEscape(): PatternNode {
    const next = this.#consume();
    const anchor = ANCHORS[next];
    if (anchor !== undefined) return { kind: 'anchor', anchor };
    if (next === 'R') return createLineBreak();
    const feature = /[1-9]/.test(next) ? 'a back reference' : UNSUPPORTED_ESCAPES[next];
    if (feature !== undefined) throw unsupportedError(feature);
    const test = this.#parseEscapedTest(next);
    return test === undefined ? this.#createLiteral(this.#parseEscapedCode(next)) : this.#createSet(test);
  }

  // Returns the set that an escaped letter denotes; undefined if it denotes one character.
  #parseEscapedTest(letter: string): CharacterTest | undefined {
    if (letter === 'p' || letter === 'P') return this.#parseProperty(letter === 'P');
    const shorthand = SHORTHANDS[letter.toLowerCase()];
    if (shorthand === undefined) return undefined;
    const test = requireProperty(shorthand);
    return letter === letter.toLowerCase() ? test : not(test);
  }

  #parseProperty(isNegated: boolean): CharacterTest {
    const match = /^\{(\^?)([^}]*)\}/.exec(this.#source.slice(this.#offset, this.#offset + 256));
    if (match === null) throw invalidError('a \\p without a name');
    this.#offset += match[0].length;
    const test = requireProperty(match[2] ?? '');
    return isNegated !== (match[1] === '^') ? not(test) : test;
  }

  #parseEscapedCode(letter: string): number {
    if (letter === '') throw invalidError('it ends with a backslash');
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    const remainder = this.#source.slice(this.#offset, this.#offset + 16);
    const digits =
      letter === 'x' || letter === 'u' ? /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]+))/.exec(remainder) : null;
    if (letter === '0') throw unsupportedError('an octal number');
    if (letter !== 'x' && letter !== 'u') {
      if (/[A-Za-z]/.test(letter)) throw unsupportedError(`\\${letter}`);
      return letter.codePointAt(0) ?? 0;
    }
    const digit = digits?.[1] ?? digits?.[2]?.slice(0, letter === 'x' ? 2 : 4) ?? '';
    if (digit === '' || (letter === 'u' && digits?.[2] !== undefined && digit.length < 4)) {
      throw invalidError(`\\${letter} without a number`);
    }
    this.#offset += digits?.[1] === undefined ? digit.length : digit.length + 2;
    return Number.parseInt(digit, 16);
  }

  // Parses a set after its "[": "[a-z&&[^q]]", "[[:alpha:]]".
  #parseBracket(): CharacterTest {
    this.#enterLevel();
    const isNegated = this.#accept('^');
    const groups: CharacterTest[][] = [[]];
    for (let first = true; ; first = false) {
      if (this.#peek() === '') throw invalidError('a [ without a ]');
      if (!first && this.#accept(']')) break;
      if (this.#accept('&&')) groups.push([]);
      else groups.at(-1)?.push(this.#parseSetItem());
    }
    this.#depth--;
    const sets = groups.map((tests) => this.#applyCaseFlag(anyOf(tests)));
    const test = sets.length === 1 ? (sets[0] ?? anyOf([])) : allOf(sets);
    return isNegated ? not(test) : test;
  }

  #parseSetItem(): CharacterTest {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#source.slice(this.#offset, this.#offset + 16));
    if (posix !== null) {
      this.#offset += posix[0].length;
      return posix[1] === '^' ? not(requireProperty(posix[2] ?? '')) : requireProperty(posix[2] ?? '');
    }
    if (this.#accept('[')) return this.#parseBracket();
    const first = this.#parseSetMember();
    if (typeof first !== 'number') return first;
    if (this.#peek() !== '-' || ']'.includes(this.#source.charAt(this.#offset + 1)))
      return rangeTest(first, first);
    this.#consume();
    const last = this.#parseSetMember();
    if (typeof last !== 'number' || last < first) throw invalidError('a range whose end is below its start');
    return rangeTest(first, last);
  }

  #parseSetMember(): CharacterTest | number {
    const next = this.#consume();
    if (next !== '\\') return next.codePointAt(0) ?? 0;
    const letter = this.#consume();
    if (letter === 'b') return 8;
    const feature = letter === 'R' ? '\\R in a set' : UNSUPPORTED_ESCAPES[letter];
    if (feature !== undefined) throw unsupportedError(feature);
    return this.#parseEscapedTest(letter) ?? this.#parseEscapedCode(letter);
  }

  readonly #applyCaseFlag = (test: CharacterTest): CharacterTest =>
    this.#flags.ignoreCase ? ignoringCase(test) : test;

  #createSet(test: CharacterTest): PatternNode {
    return { kind: 'set', set: new CharacterSet(test) };
  }

  #createLiteral(code: number): PatternNode {
    return this.#createSet(this.#applyCaseFlag(rangeTest(code, code)));
  }

  // Returns the next code unit; an empty string at the end.
  #peek(): string {
    return this.#source.charAt(this.#offset);
  }

  #consume(): string {
    const code = this.#source.codePointAt(this.#offset);
    const next = code === undefined ? '' : String.fromCodePoint(code);
    this.#offset += next.length;
    return next;
  }

  #accept(text: string): boolean {
    const isMatch = this.#source.startsWith(text, this.#offset);
    if (isMatch) this.#offset += text.length;
    return isMatch;
  }
}

// A lookbehind is matched forward from its start, so its length must be fixed.
function checkLookbehind(body: PatternNode): void {
  const options = body.kind === 'choice' ? body.options : [body];
  if (options.some((option) => lengthOf(option)[0] !== lengthOf(option)[1])) {
    throw unsupportedError('a lookbehind whose length is not fixed');
  }
}

// Creates the node of \R: matches \r\n as one unit, or any line end.
function createLineBreak(): PatternNode {
  const createSet = (test: CharacterTest): PatternNode => ({ kind: 'set', set: new CharacterSet(test) });
  const pair: PatternNode = {
    kind: 'sequence',
    parts: [createSet(rangeTest(13, 13)), createSet(rangeTest(10, 10))],
  };
  const single = createSet(anyOf([rangeTest(10, 13), rangeTest(0x85, 0x85), rangeTest(0x2028, 0x2029)]));
  return { kind: 'atomic', body: { kind: 'choice', options: [pair, single] } };
}

function requireProperty(name: string): CharacterTest {
  const test = propertyTest(name);
  if (test === undefined) throw unsupportedError(`the property ${JSON.stringify(name.slice(0, 40))}`);
  return test;
}

const unsupportedError = (message: string): PatternError => new PatternError(message, true);
const invalidError = (message: string): PatternError => new PatternError(message, false);
