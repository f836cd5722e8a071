// Compiles a pattern to a list of instructions for the matcher.

import type { CharacterSet } from './character-set.ts';
import { PatternError } from './pattern-error.ts';
import { type Anchor, lengthOf, type PatternNode } from './pattern-node.ts';

export type Instruction =
  /** matches one character of `set` */
  | { readonly op: 'set'; readonly set: CharacterSet }
  /** matches as many characters of `set` as possible, and one fewer each time that the remaining program fails */
  | { readonly op: 'run'; readonly set: CharacterSet; readonly max: number; readonly isPossessive: boolean }
  /** continues at `first`; if that fails, at `second` */
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'anchor'; readonly anchor: Anchor }
  /** tests the next character: a lookahead of one character, which needs no subprogram */
  | { readonly op: 'next'; readonly set: CharacterSet; readonly isNegated: boolean }
  | { readonly op: 'ahead'; readonly program: PatternProgram; readonly isNegated: boolean }
  | { readonly op: 'behind'; readonly options: readonly LookbehindOption[]; readonly isNegated: boolean }
  | { readonly op: 'atomic'; readonly program: PatternProgram }
  | { readonly op: 'match' };

export interface LookbehindOption {
  readonly program: PatternProgram;
  /** length of each match, in code points */
  readonly length: number;
}

export type PatternProgram = readonly Instruction[];

// Limits the memory of the matcher, which may memoize each instruction at each offset.
const MAX_INSTRUCTIONS = 2048;

/** Compiles a pattern. Throws {@link PatternError} if the pattern is too large. */
export function compilePattern(node: PatternNode): PatternProgram {
  const program: Instruction[] = [];
  emit(node, program);
  program.push({ op: 'match' });
  return program;
}

function emit(node: PatternNode, out: Instruction[]): void {
  if (out.length > MAX_INSTRUCTIONS) throw new PatternError('a pattern of this size', true);
  switch (node.kind) {
    case 'set':
      out.push({ op: 'set', set: node.set });
      return;
    case 'sequence':
      for (const part of node.parts) emit(part, out);
      return;
    case 'choice':
      emitChoice(node.options, out);
      return;
    case 'repeat':
      emitRepeat(node, out);
      return;
    case 'atomic':
      out.push({ op: 'atomic', program: compilePattern(node.body) });
      return;
    case 'anchor':
      out.push({ op: 'anchor', anchor: node.anchor });
      return;
    case 'look':
      out.push(compileLookaround(node));
  }
}

function compileLookaround(node: Extract<PatternNode, { kind: 'look' }>): Instruction {
  const { body, isLookbehind, isNegated } = node;
  if (isLookbehind) {
    const options = body.kind === 'choice' ? body.options : [body];
    const programs = options.map((option) => ({
      program: compilePattern(option),
      length: lengthOf(option)[0],
    }));
    return { op: 'behind', options: programs, isNegated };
  }
  if (body.kind === 'set') return { op: 'next', set: body.set, isNegated };
  return { op: 'ahead', program: compilePattern(body), isNegated };
}

function emitChoice(options: readonly PatternNode[], out: Instruction[]): void {
  const jumps: number[] = [];
  for (const [index, option] of options.entries()) {
    const split = index < options.length - 1 ? addPlaceholder(out) : undefined;
    emit(option, out);
    if (split === undefined) continue;
    jumps.push(addPlaceholder(out));
    out[split] = { op: 'split', first: split + 1, second: out.length };
  }
  for (const jump of jumps) out[jump] = { op: 'jump', to: out.length };
}

function emitRepeat(node: Extract<PatternNode, { kind: 'repeat' }>, out: Instruction[]): void {
  const { body, min, max, mode } = node;
  if (mode === 'possessive' && body.kind !== 'set') {
    out.push({ op: 'atomic', program: compilePattern({ ...node, mode: 'greedy' }) });
    return;
  }
  // Stops if the expression compiles to no instructions.
  for (let count = 0, previousLength = -1; count < min && out.length !== previousLength; count++) {
    previousLength = out.length;
    emit(body, out);
  }
  if (body.kind === 'set' && mode !== 'lazy') {
    if (max > min)
      out.push({ op: 'run', set: body.set, max: max - min, isPossessive: mode === 'possessive' });
    return;
  }
  if (max === Number.POSITIVE_INFINITY) emitLoop(body, mode === 'lazy', out);
  else emitOptional(body, max - min, mode === 'lazy', out);
}

function emitLoop(body: PatternNode, isLazy: boolean, out: Instruction[]): void {
  const split = addPlaceholder(out);
  emit(body, out);
  out.push({ op: 'jump', to: split });
  out[split] = isLazy
    ? { op: 'split', first: out.length, second: split + 1 }
    : { op: 'split', first: split + 1, second: out.length };
}

// Compiles x{0,3} as (x(x(x)?)?)?.
function emitOptional(body: PatternNode, maxCount: number, isLazy: boolean, out: Instruction[]): void {
  const splits: number[] = [];
  for (let count = 0; count < maxCount; count++) {
    splits.push(addPlaceholder(out));
    emit(body, out);
  }
  for (const split of splits) {
    const [bodyStart, end] = [split + 1, out.length];
    out[split] = isLazy
      ? { op: 'split', first: end, second: bodyStart }
      : { op: 'split', first: bodyStart, second: end };
  }
}

// Appends a placeholder for an instruction that depends on later ones, and returns its index.
const addPlaceholder = (out: Instruction[]): number => out.push({ op: 'match' }) - 1;
