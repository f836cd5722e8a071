// A backtracking matcher in linear time, because failed states are memoized (memo.ts). It can pause anywhere.
//
// JavaScript's engine is faster but does neither: its time for `(a+)+$` doubles with every letter.

import { codePointLength } from '../surrogates.ts';
import { matchesAnchor } from './anchors.ts';
import { type LongRun, Memo } from './memo.ts';
import type { Instruction, PatternProgram } from './program.ts';

/** In code units. */
export type Match = readonly [start: number, end: number];

export interface MatcherOptions {
  /** false disables memoization, for tests that compare the work */
  readonly memoize?: boolean;
  /** receives the number of characters examined since the last call */
  readonly onWork?: (characters: number) => void;
}

/** Yields the matches from the left, without overlaps, and undefined at a pause. */
export function* findMatches(
  program: PatternProgram,
  text: string,
  { memoize = true, onWork }: MatcherOptions = {},
): Generator<Match | undefined> {
  const run = new Matcher(program, text, { memoize, sub: false, work: { count: 0, onWork } });
  for (let from = 0; from <= text.length; ) {
    const end = yield* run.match(from);
    if (end !== NO_MATCH) yield [from, end];
    from = end > from ? end : from + codePointLength(text, from);
  }
  onWork?.(run.work.count);
}

const NO_MATCH = -1;

// Characters examined between two pauses.
const PAUSE_UNITS = 4096;
// The first steps of an attempt are not memoized: most matches need fewer.
const UNMEMOIZED_STEPS = 64;
// Runs of characters up to this length are scanned again instead of memoized.
const SHORT_RUN_LENGTH = 32;

interface Work {
  count: number;
  readonly onWork: ((characters: number) => void) | undefined;
}

interface MatcherState {
  readonly memoize: boolean;
  /** whether it matches a subprogram, whose match ends are memoized too */
  readonly sub: boolean;
  readonly work: Work;
}

// A state to continue from when all later ones failed. For a run, `low` is the first offset at which it may end, and `at`
// the last one that was not tried.
interface BacktrackPoint {
  readonly pc: number;
  readonly at: number;
  readonly low: number;
  readonly long: LongRun | undefined;
  /** length of the list of tried states at that point */
  readonly tried: number;
}

type RunInstruction = Extract<Instruction, { op: 'run' }>;

class Matcher {
  readonly work: Work;
  readonly #program: PatternProgram;
  readonly #text: string;
  readonly #options: MatcherState;
  readonly #memo: Memo;
  readonly #subMatchers = new Map<PatternProgram, Matcher>();

  constructor(program: PatternProgram, text: string, options: MatcherState) {
    this.#program = program;
    this.#text = text;
    this.#options = options;
    this.work = options.work;
    this.#memo = new Memo(program.length);
  }

  /** Returns the end of the match that begins at `start`, or NO_MATCH. */
  *match(start: number): Generator<undefined, number> {
    const text = this.#text;
    const choices: BacktrackPoint[] = [];
    // The tried states on the current path, as alternating instructions and offsets.
    const tried: number[] = [];
    if (!this.#options.sub) this.discardBefore(start);
    let pc = 0;
    let at = start;
    for (let steps = 0; ; steps++) {
      const remember = steps > UNMEMOIZED_STEPS && this.#options.memoize;
      if (this.#countWork()) yield undefined;
      const instruction = this.#program[pc] as Instruction;
      let holds = true;
      switch (instruction.op) {
        case 'match':
          this.#recordMatch(tried, at);
          return at;
        case 'set': {
          const code = text.codePointAt(at);
          holds = instruction.set.has(code);
          at += code !== undefined && code > 0xffff ? 2 : 1;
          pc++;
          break;
        }
        case 'jump':
          pc = instruction.to;
          break;
        case 'split': {
          const head = this.#program[instruction.first];
          if (head?.op === 'set' && !head.set.has(text.codePointAt(at))) {
            pc = instruction.second;
            break;
          }
          const known = remember ? this.#tryOnce(pc, at, tried) : UNTRIED;
          if (known >= 0) {
            this.#recordMatch(tried, known);
            return known;
          }
          holds = known === UNTRIED;
          if (!holds) break;
          choices.push({ pc: instruction.second, at, low: NO_MATCH, long: undefined, tried: tried.length });
          pc = instruction.first;
          break;
        }
        case 'run': {
          const choice = yield* this.#runFrom(instruction, pc, at, tried.length);
          if (instruction.possessive) at = choice.at;
          else choices.push(choice);
          holds = instruction.possessive;
          pc++;
          break;
        }
        case 'next': {
          holds = instruction.set.has(text.codePointAt(at)) !== instruction.negative;
          pc++;
          break;
        }
        case 'anchor':
          holds = matchesAnchor(instruction.anchor, text, at);
          pc++;
          break;
        case 'ahead':
          holds =
            ((yield* this.#subMatcher(instruction.program).match(at)) !== NO_MATCH) !== instruction.negative;
          pc++;
          break;
        case 'behind':
          holds = (yield* this.#lookbehind(instruction, at)) !== instruction.negative;
          pc++;
          break;
        case 'atomic': {
          const end = yield* this.#subMatcher(instruction.program).match(at);
          holds = end !== NO_MATCH;
          at = end;
          pc++;
        }
      }
      if (holds) continue;
      const next = yield* this.#backtrack(choices, tried, remember);
      if (next === undefined) return NO_MATCH;
      if (next.end !== undefined) {
        this.#recordMatch(tried, next.end);
        return next.end;
      }
      ({ pc, at } = next);
    }
  }

  /** Discards the memoized states before `at`. */
  discardBefore(at: number): void {
    this.#memo.discardBefore(at);
    for (const part of this.#subMatchers.values()) part.discardBefore(at);
  }

  // Returns the next state to try; with `end` if its match is known.
  *#backtrack(
    choices: BacktrackPoint[],
    tried: number[],
    remember: boolean,
  ): Generator<undefined, { pc: number; at: number; end?: number } | undefined> {
    for (let choice = choices.pop(); choice !== undefined; choice = choices.pop()) {
      if (this.#countWork()) yield undefined;
      const { pc, at, low, long } = choice;
      tried.length = choice.tried;
      if (low === NO_MATCH) return { pc, at };
      if (long !== undefined && at < long.candidate) long.candidate = at;
      if (at < low) continue;
      choices.push({ ...choice, at: at - lengthBefore(this.#text, at) });
      const known = remember ? this.#tryOnce(pc, at, tried) : UNTRIED;
      if (known >= 0) return { pc, at, end: known };
      if (known === UNTRIED) return { pc: pc + 1, at };
    }
    return undefined;
  }

  // Returns UNTRIED, NO_MATCH for a failed state, or the end of its match.
  #tryOnce(pc: number, at: number, tried: number[]): number {
    const before = this.#memo.markTried(pc, at);
    if (before) return (this.#options.sub ? this.#memo.end(pc, at) : undefined) ?? NO_MATCH;
    tried.push(pc, at);
    return UNTRIED;
  }

  #recordMatch(tried: readonly number[], end: number): void {
    for (let index = 0; index < tried.length; index += 2) {
      const [pc, at] = [tried[index] as number, tried[index + 1] as number];
      if (this.#options.sub) this.#memo.setMatchEnd(pc, at, end);
      else this.#memo.clearTried(pc, at);
    }
  }

  // Returns the possible ends of the run from `at` as a backtrack point, the longest first.
  *#runFrom(
    { set, most }: RunInstruction,
    pc: number,
    at: number,
    tried: number,
  ): Generator<undefined, BacktrackPoint> {
    const text = this.#text;
    const bounded = most !== Number.POSITIVE_INFINITY;
    let end = at;
    let long: LongRun | undefined;
    for (let count = 0; count < most; count++) {
      const code = text.codePointAt(end);
      if (code === undefined || !set.has(code)) break;
      if (count >= SHORT_RUN_LENGTH && !bounded && this.#options.memoize) {
        long = yield* this.#longRun(set.has, pc, at, end);
        return { pc, at: Math.min(long.end, long.candidate), low: at, long, tried };
      }
      end += code > 0xffff ? 2 : 1;
      if (this.#countWork()) yield undefined;
    }
    return { pc, at: end, low: at, long, tried };
  }

  // Returns the run that contains `start` and is known to reach `from`.
  *#longRun(
    has: (code: number) => boolean,
    pc: number,
    start: number,
    from: number,
  ): Generator<undefined, LongRun> {
    const known = this.#memo.run(pc, start);
    if (known !== undefined) return known;
    let end = from;
    let run: LongRun | undefined;
    while (run === undefined) {
      const code = this.#text.codePointAt(end);
      if (code === undefined || !has(code)) run = this.#memo.addRun(end);
      else {
        run = this.#memo.run(pc, end);
        end += run === undefined ? (code > 0xffff ? 2 : 1) : 0;
      }
      if (this.#countWork()) yield undefined;
    }
    for (let at = start; at < end; at++) {
      this.#memo.setRun(pc, at, run);
      if (this.#countWork()) yield undefined;
    }
    return run;
  }

  *#lookbehind(
    { options }: Extract<Instruction, { op: 'behind' }>,
    at: number,
  ): Generator<undefined, boolean> {
    for (const { program, length } of options) {
      let start = at;
      let count = 0;
      for (; count < length && start > 0; count++) start -= lengthBefore(this.#text, start);
      if (count === length && (yield* this.#subMatcher(program).match(start)) === at) return true;
    }
    return false;
  }

  #subMatcher(program: PatternProgram): Matcher {
    let part = this.#subMatchers.get(program);
    if (part === undefined) {
      part = new Matcher(program, this.#text, { ...this.#options, sub: true });
      this.#subMatchers.set(program, part);
    }
    return part;
  }

  // Counts a unit of work and returns whether to pause.
  #countWork(): boolean {
    if (++this.work.count % PAUSE_UNITS !== 0) return false;
    this.work.onWork?.(PAUSE_UNITS);
    this.work.count = 0;
    return true;
  }
}

const UNTRIED = -2;

function lengthBefore(text: string, at: number): number {
  return at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
}
