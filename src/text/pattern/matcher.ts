// A backtracking matcher for regular expressions. It takes linear time, because it memoizes failed states (memo.ts),
// and it can pause anywhere.
//
// JavaScript's engine is faster, but cannot pause, and its time for `(a+)+$` doubles with every letter.

import { codePointLength } from '../surrogates.ts';
import { matchesAnchor } from './anchors.ts';
import { type LongRun, Memo } from './memo.ts';
import type { Instruction, PatternProgram } from './program.ts';

/** The offsets of a match, in code units. */
export type Match = readonly [start: number, end: number];

export interface MatcherOptions {
  /** whether failed states are memoized; false in tests that compare the work */
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
  const run = new Matcher(program, text, { memoize, isSubMatcher: false, work: { count: 0, onWork } });
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
// The states of the first steps of an attempt are not memoized, because most attempts end within these steps.
const UNMEMOIZED_STEPS = 64;
// Runs of characters up to this length are scanned again instead of memoized.
const SHORT_RUN_LENGTH = 32;

interface Work {
  count: number;
  readonly onWork: ((characters: number) => void) | undefined;
}

interface MatcherState {
  readonly memoize: boolean;
  /** whether the matcher runs a subprogram of another matcher; then it also memoizes the ends of matches */
  readonly isSubMatcher: boolean;
  readonly work: Work;
}

// A state from which matching continues if all later states failed. For a run, `minEnd` is the smallest offset at which
// the run may end, and `at` is the largest such offset that was not tried.
interface BacktrackPoint {
  readonly pc: number;
  readonly at: number;
  readonly minEnd: number;
  readonly longRun: LongRun | undefined;
  /** length of the list of tried states when this state was reached */
  readonly triedCount: number;
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
    const backtrackPoints: BacktrackPoint[] = [];
    // The tried states on the current path: alternately an instruction and an offset.
    const tried: number[] = [];
    if (!this.#options.isSubMatcher) this.discardBefore(start);
    let pc = 0;
    let at = start;
    for (let steps = 0; ; steps++) {
      const shouldMemoize = steps > UNMEMOIZED_STEPS && this.#options.memoize;
      if (this.#countWork()) yield undefined;
      const instruction = this.#program[pc] as Instruction;
      let isMatch = true;
      switch (instruction.op) {
        case 'match':
          this.#recordMatch(tried, at);
          return at;
        case 'set': {
          const code = text.codePointAt(at);
          isMatch = instruction.set.has(code);
          at += code !== undefined && code > 0xffff ? 2 : 1;
          pc++;
          break;
        }
        case 'jump':
          pc = instruction.to;
          break;
        case 'split': {
          const firstInstruction = this.#program[instruction.first];
          if (firstInstruction?.op === 'set' && !firstInstruction.set.has(text.codePointAt(at))) {
            pc = instruction.second;
            break;
          }
          const memoized = shouldMemoize ? this.#tryOnce(pc, at, tried) : UNTRIED;
          if (memoized >= 0) {
            this.#recordMatch(tried, memoized);
            return memoized;
          }
          isMatch = memoized === UNTRIED;
          if (!isMatch) break;
          backtrackPoints.push({
            pc: instruction.second,
            at,
            minEnd: NO_MATCH,
            longRun: undefined,
            triedCount: tried.length,
          });
          pc = instruction.first;
          break;
        }
        case 'run': {
          const point = yield* this.#runFrom(instruction, pc, at, tried.length);
          if (instruction.isPossessive) at = point.at;
          else backtrackPoints.push(point);
          isMatch = instruction.isPossessive;
          pc++;
          break;
        }
        case 'next': {
          isMatch = instruction.set.has(text.codePointAt(at)) !== instruction.isNegated;
          pc++;
          break;
        }
        case 'anchor':
          isMatch = matchesAnchor(instruction.anchor, text, at);
          pc++;
          break;
        case 'ahead':
          isMatch =
            ((yield* this.#subMatcher(instruction.program).match(at)) !== NO_MATCH) !== instruction.isNegated;
          pc++;
          break;
        case 'behind':
          isMatch = (yield* this.#lookbehind(instruction, at)) !== instruction.isNegated;
          pc++;
          break;
        case 'atomic': {
          const end = yield* this.#subMatcher(instruction.program).match(at);
          isMatch = end !== NO_MATCH;
          at = end;
          pc++;
        }
      }
      if (isMatch) continue;
      const next = yield* this.#backtrack(backtrackPoints, tried, shouldMemoize);
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
    for (const subMatcher of this.#subMatchers.values()) subMatcher.discardBefore(at);
  }

  // Returns the next state to try; `end` is the end of its match if that is memoized.
  *#backtrack(
    backtrackPoints: BacktrackPoint[],
    tried: number[],
    shouldMemoize: boolean,
  ): Generator<undefined, { pc: number; at: number; end?: number } | undefined> {
    for (let point = backtrackPoints.pop(); point !== undefined; point = backtrackPoints.pop()) {
      if (this.#countWork()) yield undefined;
      const { pc, at, minEnd, longRun } = point;
      tried.length = point.triedCount;
      if (minEnd === NO_MATCH) return { pc, at };
      if (longRun !== undefined && at < longRun.candidate) longRun.candidate = at;
      if (at < minEnd) continue;
      backtrackPoints.push({ ...point, at: at - codePointLengthBefore(this.#text, at) });
      const memoized = shouldMemoize ? this.#tryOnce(pc, at, tried) : UNTRIED;
      if (memoized >= 0) return { pc, at, end: memoized };
      if (memoized === UNTRIED) return { pc: pc + 1, at };
    }
    return undefined;
  }

  // Marks a state as tried. Returns UNTRIED if it was not tried before; otherwise the memoized end of its match, or
  // NO_MATCH.
  #tryOnce(pc: number, at: number, tried: number[]): number {
    const wasTried = this.#memo.markTried(pc, at);
    if (wasTried) return (this.#options.isSubMatcher ? this.#memo.matchEnd(pc, at) : undefined) ?? NO_MATCH;
    tried.push(pc, at);
    return UNTRIED;
  }

  #recordMatch(tried: readonly number[], end: number): void {
    for (let index = 0; index < tried.length; index += 2) {
      const [pc, at] = [tried[index] as number, tried[index + 1] as number];
      if (this.#options.isSubMatcher) this.#memo.setMatchEnd(pc, at, end);
      else this.#memo.clearTried(pc, at);
    }
  }

  // Returns a backtrack point for the run that starts at `at`: its possible ends are tried from the last to the first.
  *#runFrom(
    { set, max }: RunInstruction,
    pc: number,
    at: number,
    triedCount: number,
  ): Generator<undefined, BacktrackPoint> {
    const text = this.#text;
    const isBounded = max !== Number.POSITIVE_INFINITY;
    let end = at;
    let longRun: LongRun | undefined;
    for (let count = 0; count < max; count++) {
      const code = text.codePointAt(end);
      if (code === undefined || !set.has(code)) break;
      if (count >= SHORT_RUN_LENGTH && !isBounded && this.#options.memoize) {
        longRun = yield* this.#longRun(set.has, pc, at, end);
        return { pc, at: Math.min(longRun.end, longRun.candidate), minEnd: at, longRun, triedCount };
      }
      end += code > 0xffff ? 2 : 1;
      if (this.#countWork()) yield undefined;
    }
    return { pc, at: end, minEnd: at, longRun, triedCount };
  }

  // Returns the long run that contains `start`. Its characters from `start` to `from` were already examined.
  *#longRun(
    has: (code: number) => boolean,
    pc: number,
    start: number,
    from: number,
  ): Generator<undefined, LongRun> {
    const memoized = this.#memo.runAt(pc, start);
    if (memoized !== undefined) return memoized;
    let end = from;
    let run: LongRun | undefined;
    while (run === undefined) {
      const code = this.#text.codePointAt(end);
      if (code === undefined || !has(code)) run = this.#memo.addRun(end);
      else {
        run = this.#memo.runAt(pc, end);
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
      for (; count < length && start > 0; count++) start -= codePointLengthBefore(this.#text, start);
      if (count === length && (yield* this.#subMatcher(program).match(start)) === at) return true;
    }
    return false;
  }

  #subMatcher(program: PatternProgram): Matcher {
    let subMatcher = this.#subMatchers.get(program);
    if (subMatcher === undefined) {
      subMatcher = new Matcher(program, this.#text, { ...this.#options, isSubMatcher: true });
      this.#subMatchers.set(program, subMatcher);
    }
    return subMatcher;
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

function codePointLengthBefore(text: string, at: number): number {
  return at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
}
