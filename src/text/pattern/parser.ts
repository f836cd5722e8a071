// Parses the patterns of a tokenizer.json, which are written for Oniguruma in Ruby's syntax:
// https://github.com/kkos/oniguruma/blob/master/doc/RE. Features that cannot be matched in linear time (back references)
// or are useless for splitting text are rejected by name.

import {
  allOf,
  anyOf,
  CharacterSet,
  type CharacterTest,
  ignoringCase,
  not,
  property,
  range,
} from './character-set.ts';
import { type Anchor, lengthOf, type PatternNode } from './pattern-node.ts';

/** A pattern is invalid or uses an unsupported feature. */
export class PatternError extends Error {
  /** the pattern is valid, but uses an unsupported feature */
  readonly unsupported: boolean;

  constructor(message: string, unsupported: boolean) {
    super(message);
    this.unsupported = unsupported;
  }
}

/** Throws {@link PatternError}. */
export const parsePattern = (source: string): PatternNode => new Parser(source).parse();

interface Flags {
  readonly ignoreCase: boolean;
  /** ignore white space and comments */
  readonly extended: boolean;
  /** a dot also matches line ends */
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
// Nested groups, sets and quantifiers: each is a recursive call.
const MAX_DEPTH = 100;

class Parser {
  readonly #source: string;
  #at = 0;
  #flags: Flags = { ignoreCase: false, extended: false, dotAll: false };
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw invalid('a ) without a (');
    return node;
  }

  // Parses up to the end or a closing parenthesis, which is not consumed. Flags set inside are local.
  #choice(): PatternNode {
    const modes = this.#flags;
    const options: PatternNode[] = [];
    this.#enterLevel();
    do options.push(this.#sequence());
    while (this.#take('|'));
    this.#depth--;
    this.#flags = modes;
    return options.length === 1 ? (options[0] ?? EMPTY) : { kind: 'choice', options };
  }

  #enterLevel(): void {
    if (++this.#depth > MAX_DEPTH) throw unsupported(`nesting deeper than ${MAX_DEPTH}`);
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (;;) {
      if (this.#flags.extended) this.#skipExtended();
      this.#skipComments();
      const next = this.#peek();
      if (next === '' || next === '|' || next === ')') break;
      // Inline flags apply to the rest of the group, including later alternatives.
      const rest = this.#takeInlineFlags();
      if (rest !== undefined) parts.push(rest);
      else parts.push(this.#quantified(this.#atom()));
    }
    return parts.length === 1 ? (parts[0] ?? EMPTY) : { kind: 'sequence', parts };
  }

  #skipExtended(): void {
    for (;;) {
      const next = this.#peek();
      if (next === '#') while (this.#at < this.#source.length && this.#peek() !== '\n') this.#next();
      else if (next !== '' && ' \t\n\r\f\v'.includes(next)) this.#next();
      else return;
    }
  }

  #skipComments(): void {
    while (this.#take('(?#'))
      while (this.#next() !== ')') if (this.#peek() === '') throw invalid('a ( without a )');
  }

  // "(?i)", "(?i-x)": the rest of the group.
  #takeInlineFlags(): PatternNode | undefined {
    const found = /^\(\?(?:#[^)]*|([imx]*)(?:-([imx]*))?)\)/.exec(
      this.#source.slice(this.#at, this.#at + 4096),
    );
    if (found === null) return undefined;
    this.#at += found[0].length;
    this.#setFlags(found[1] ?? '', found[2] ?? '');
    return this.#choice();
  }

  #setFlags(on: string, off: string): void {
    const mode = (letter: string, now: boolean): boolean =>
      (now || on.includes(letter)) && !off.includes(letter);
    const { ignoreCase, extended, dotAll } = this.#flags;
    this.#flags = {
      ignoreCase: mode('i', ignoreCase),
      extended: mode('x', extended),
      dotAll: mode('m', dotAll),
    };
  }

  #atom(): PatternNode {
    const next = this.#next();
    switch (next) {
      case '(':
        return this.#group();
      case '[':
        return this.#set(this.#bracket());
      case '.':
        return this.#set(this.#flags.dotAll ? () => true : (code) => code !== 10);
      case '^':
        return { kind: 'anchor', anchor: 'line start' };
      case '$':
        return { kind: 'anchor', anchor: 'line end' };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw invalid(`nothing before a ${next}`);
      default:
        return this.#literal(next.codePointAt(0) ?? 0);
    }
  }

  #group(): PatternNode {
    let wrap = (body: PatternNode): PatternNode => body;
    const modes = this.#flags;
    if (this.#take('?')) wrap = this.#groupKind();
    else if (this.#peek() === '*') throw unsupported('a call of a function');
    const body = this.#choice();
    this.#flags = modes;
    if (!this.#take(')')) throw invalid('a ( without a )');
    return wrap(body);
  }

  #groupKind(): (body: PatternNode) => PatternNode {
    const look =
      (behind: boolean, negative: boolean) =>
      (body: PatternNode): PatternNode => {
        if (behind) checkLookbehind(body);
        return { kind: 'look', body, behind, negative };
      };
    if (this.#take(':')) return (body) => body;
    if (this.#take('=')) return look(false, false);
    if (this.#take('!')) return look(false, true);
    if (this.#take('<=')) return look(true, false);
    if (this.#take('<!')) return look(true, true);
    if (this.#take('>')) return (body) => ({ kind: 'atomic', body });
    const namedProperty = /^(?:<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/.exec(
      this.#source.slice(this.#at, this.#at + 256),
    );
    if (namedProperty !== null) {
      this.#at += namedProperty[0].length;
      return (body) => body;
    }
    const modes = /^([imx]*)(?:-([imx]*))?:/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (modes === null) throw unsupported(`a group that begins with (?${this.#peek()}`);
    this.#at += modes[0].length;
    this.#setFlags(modes[1] ?? '', modes[2] ?? '');
    return (body) => body;
  }

  #quantified(first: PatternNode): PatternNode {
    let node = first;
    const depth = this.#depth;
    for (;;) {
      if (this.#flags.extended) this.#skipExtended();
      this.#skipComments();
      const counts = this.#quantifier();
      if (counts === undefined) break;
      this.#enterLevel();
      const { min, max, interval } = counts;
      if (min > MAX_REPEATS || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEATS)) {
        throw unsupported(`a repetition of more than ${MAX_REPEATS}`);
      }
      if (max < min) throw invalid(`a repetition from ${min} to ${max}`);
      const [least] = lengthOf(node);
      if (max === Number.POSITIVE_INFINITY && least === 0)
        throw unsupported('a repetition of an expression that may be empty');
      // After {} a + is another quantifier, as in Ruby.
      const mode = this.#take('?') ? 'lazy' : !interval && this.#take('+') ? 'possessive' : 'greedy';
      if (interval && mode === 'lazy' && min === max) throw unsupported('a ? after a fixed count');
      node = { kind: 'repeat', body: node, min, max, mode };
    }
    this.#depth = depth;
    return node;
  }

  #quantifier(): { min: number; max: number; interval: boolean } | undefined {
    const interval = /^\{(\d{0,6})(?:(,)(\d{0,6}))?\}/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (interval !== null && (interval[1] !== '' || interval[3])) {
      this.#at += interval[0].length;
      const min = Number(interval[1] ?? 0);
      const max =
        interval[2] === undefined ? min : interval[3] ? Number(interval[3]) : Number.POSITIVE_INFINITY;
      return { min, max, interval: true };
    }
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY, interval: false };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY, interval: false };
    return this.#take('?') ? { min: 0, max: 1, interval: false } : undefined;
  }

  #escape(): PatternNode {
    const next = this.#next();
    const anchor = ANCHORS[next];
    if (anchor !== undefined) return { kind: 'anchor', anchor };
    if (next === 'R') return lineBreak();
    const feature = /[1-9]/.test(next) ? 'a back reference' : UNSUPPORTED_ESCAPES[next];
    if (feature !== undefined) throw unsupported(feature);
    const test = this.#escapedTest(next);
    return test === undefined ? this.#literal(this.#escapedCode(next)) : this.#set(test);
  }

  // Returns the set that an escaped letter denotes; undefined if it denotes one character.
  #escapedTest(letter: string): CharacterTest | undefined {
    if (letter === 'p' || letter === 'P') return this.#property(letter === 'P');
    const shorthand = SHORTHANDS[letter.toLowerCase()];
    if (shorthand === undefined) return undefined;
    const test = named(shorthand);
    return letter === letter.toLowerCase() ? test : not(test);
  }

  #property(negative: boolean): CharacterTest {
    const found = /^\{(\^?)([^}]*)\}/.exec(this.#source.slice(this.#at, this.#at + 256));
    if (found === null) throw invalid('a \\p without a name');
    this.#at += found[0].length;
    const test = named(found[2] ?? '');
    return negative !== (found[1] === '^') ? not(test) : test;
  }

  #escapedCode(letter: string): number {
    if (letter === '') throw invalid('it ends with a backslash');
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    const rest = this.#source.slice(this.#at, this.#at + 16);
    const digits =
      letter === 'x' || letter === 'u' ? /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]+))/.exec(rest) : null;
    if (letter === '0') throw unsupported('an octal number');
    if (letter !== 'x' && letter !== 'u') {
      if (/[A-Za-z]/.test(letter)) throw unsupported(`\\${letter}`);
      return letter.codePointAt(0) ?? 0;
    }
    const digit = digits?.[1] ?? digits?.[2]?.slice(0, letter === 'x' ? 2 : 4) ?? '';
    if (digit === '' || (letter === 'u' && digits?.[2] !== undefined && digit.length < 4)) {
      throw invalid(`\\${letter} without a number`);
    }
    this.#at += digits?.[1] === undefined ? digit.length : digit.length + 2;
    return Number.parseInt(digit, 16);
  }

  // After "[": "[a-z&&[^q]]", "[[:alpha:]]".
  #bracket(): CharacterTest {
    this.#enterLevel();
    const negative = this.#take('^');
    const groups: CharacterTest[][] = [[]];
    for (let first = true; ; first = false) {
      if (this.#peek() === '') throw invalid('a [ without a ]');
      if (!first && this.#take(']')) break;
      if (this.#take('&&')) groups.push([]);
      else groups.at(-1)?.push(this.#item());
    }
    this.#depth--;
    const sets = groups.map((tests) => this.#cased(anyOf(tests)));
    const test = sets.length === 1 ? (sets[0] ?? anyOf([])) : allOf(sets);
    return negative ? not(test) : test;
  }

  #item(): CharacterTest {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (posix !== null) {
      this.#at += posix[0].length;
      return posix[1] === '^' ? not(named(posix[2] ?? '')) : named(posix[2] ?? '');
    }
    if (this.#take('[')) return this.#bracket();
    const first = this.#member();
    if (typeof first !== 'number') return first;
    if (this.#peek() !== '-' || ']'.includes(this.#source.charAt(this.#at + 1))) return range(first, first);
    this.#next();
    const last = this.#member();
    if (typeof last !== 'number' || last < first) throw invalid('a range whose end is below its start');
    return range(first, last);
  }

  #member(): CharacterTest | number {
    const next = this.#next();
    if (next !== '\\') return next.codePointAt(0) ?? 0;
    const letter = this.#next();
    if (letter === 'b') return 8;
    const feature = letter === 'R' ? '\\R in a set' : UNSUPPORTED_ESCAPES[letter];
    if (feature !== undefined) throw unsupported(feature);
    return this.#escapedTest(letter) ?? this.#escapedCode(letter);
  }

  readonly #cased = (test: CharacterTest): CharacterTest =>
    this.#flags.ignoreCase ? ignoringCase(test) : test;

  #set(test: CharacterTest): PatternNode {
    return { kind: 'set', set: new CharacterSet(test) };
  }

  #literal(code: number): PatternNode {
    return this.#set(this.#cased(range(code, code)));
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #next(): string {
    const code = this.#source.codePointAt(this.#at);
    const next = code === undefined ? '' : String.fromCodePoint(code);
    this.#at += next.length;
    return next;
  }

  #take(text: string): boolean {
    const found = this.#source.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }
}

// A lookbehind is matched forward from its start, so its length must be fixed.
function checkLookbehind(body: PatternNode): void {
  const options = body.kind === 'choice' ? body.options : [body];
  if (options.some((option) => lengthOf(option)[0] !== lengthOf(option)[1])) {
    throw unsupported('a lookbehind whose length is not fixed');
  }
}

// Matches \r\n as one unit, or any line end.
function lineBreak(): PatternNode {
  const one = (test: CharacterTest): PatternNode => ({ kind: 'set', set: new CharacterSet(test) });
  const pair: PatternNode = { kind: 'sequence', parts: [one(range(13, 13)), one(range(10, 10))] };
  const single = one(anyOf([range(10, 13), range(0x85, 0x85), range(0x2028, 0x2029)]));
  return { kind: 'atomic', body: { kind: 'choice', options: [pair, single] } };
}

function named(name: string): CharacterTest {
  const test = property(name);
  if (test === undefined) throw unsupported(`the property ${JSON.stringify(name.slice(0, 40))}`);
  return test;
}

const unsupported = (what: string): PatternError => new PatternError(what, true);
const invalid = (what: string): PatternError => new PatternError(what, false);
