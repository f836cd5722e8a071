// Finds the matches of a pattern in a text, as a backtracking engine does, in linear time: what came to nothing is
// remembered (memo.ts). It pauses now and then, wherever it is.
//
// JavaScript's own engine is quicker and neither: `(a+)+$` takes twice as long for every letter more.

import { matchesAnchor } from './anchors.ts';
import { type LongRun, Memo } from './memo.ts';
import type { Instruction, PatternProgram } from './program.ts';

/** In code units. */
export type Match = readonly [start: number, end: number];

export interface MatcherOptions {
  /** false to try everything again, as an engine without memory does: for tests that count what that takes */
  readonly memoize?: boolean;
  /** is told of the characters that were looked at, now and then and at the end */
  readonly onWork?: (characters: number) => void;
}

/** The matches from the left, none overlapping; undefined where others may have their turn. */
export function* findMatches(
  program: PatternProgram,
  text: string,
  { memoize = true, onWork }: MatcherOptions = {},
): Generator<Match | undefined> {
  const run = new Matcher(program, text, { memoize, sub: false, work: { count: 0, onWork } });
  for (let from = 0; from <= text.length; ) {
    const end = yield* run.match(from);
    if (end !== NO_MATCH) yield [from, end];
    from = end > from ? end : from + lengthAt(text, from);
  }
  onWork?.(run.work.count);
}

const NO_MATCH = -1;

// Characters looked at between two pauses.
const PAUSE_UNITS = 4096;
// Steps of an attempt that are not remembered: most matches are found in fewer.
const UNMEMOIZED_STEPS = 64;
// A run of characters up to this length is looked through again rather than remembered.
const SHORT_RUN_LENGTH = 32;

interface Work {
  count: number;
  readonly onWork: ((characters: number) => void) | undefined;
}

interface MatcherState {
  readonly memoize: boolean;
  /** a part of another program, whose matches are asked for again */
  readonly sub: boolean;
  readonly work: Work;
}

// A place to go on from where all else came to nothing: an instruction at a place of the text. For a run, `low` is the
// first place that it may end at, and `at` the last one that was not tried.
interface BacktrackPoint {
  readonly pc: number;
  readonly at: number;
  readonly low: number;
  readonly long: LongRun | undefined;
  /** states that were tried before it */
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

  /** Where the match that begins at `start` ends, or NOTHING. */
  *match(start: number): Generator<undefined, number> {
    const text = this.#text;
    const choices: BacktrackPoint[] = [];
    // The states on the way to here, as instruction and place in turn.
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
        case 'place':
          holds = matchesAnchor(instruction.place, text, at);
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

  /** Nothing before `at` will be asked for. */
  discardBefore(at: number): void {
    this.#memo.discardBefore(at);
    for (const part of this.#subMatchers.values()) part.discardBefore(at);
  }

  // The last choice that is left; `end` where it is known to match up to there.
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

  // UNTRIED, NOTHING for a state that came to nothing, or where its match ended.
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

  // The ends of the run from `at` as a choice, the longest first.
  *#runFrom(
    { set, most }: RunInstruction,
    pc: number,
    at: number,
    tried: number,
  ): Generator<undefined, BacktrackPoint> {
    const text = this.#text;
    const limited = most !== Number.POSITIVE_INFINITY;
    let end = at;
    let long: LongRun | undefined;
    for (let count = 0; count < most; count++) {
      const code = text.codePointAt(end);
      if (code === undefined || !set.has(code)) break;
      if (count >= SHORT_RUN_LENGTH && !limited && this.#options.memoize) {
        long = yield* this.#longRun(set.has, pc, at, end);
        return { pc, at: Math.min(long.end, long.candidate), low: at, long, tried };
      }
      end += code > 0xffff ? 2 : 1;
      if (this.#countWork()) yield undefined;
    }
    return { pc, at: end, low: at, long, tried };
  }

  // The run that `start` belongs to, which is known to go on to `from`.
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

  // Whether it is time for a pause.
  #countWork(): boolean {
    if (++this.work.count % PAUSE_UNITS !== 0) return false;
    this.work.onWork?.(PAUSE_UNITS);
    this.work.count = 0;
    return true;
  }
}

const UNTRIED = -2;

const lengthAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

function lengthBefore(text: string, at: number): number {
  return at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
}
