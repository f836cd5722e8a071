// Compiles expressions to functions. An unknown filter or test is a compile-time error, except inside `if`, as in jinja.

import type { Steps } from '../../../base/steps.ts';
import { applyFilter, hasFilter } from '../builtins/filters.ts';
import { hasTest, runTest } from '../builtins/value-tests.ts';
import { catchKinds, raise } from '../errors.ts';
import type { CallArguments, Comparator, Comparison, Conditional, Expression } from '../parse/syntax-tree.ts';
import { chain, Paused, resultOf, runUntilPause } from '../paused.ts';
import { raiseUnsupported } from '../unsupported.ts';
import { contains, isEqual, satisfiesOrder } from '../values/compare.ts';
import { dictOf } from '../values/dict.ts';
import { getAttribute, getItem, slice } from '../values/members.ts';
import { compareNumbers, isNumeric, negate } from '../values/numbers.ts';
import { applyOperator } from '../values/operators.ts';
import { strSteps } from '../values/str.ts';
import { isTrue } from '../values/truth.ts';
import {
  type Arguments,
  Float,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import { callValue, toArguments } from './call.ts';
import type { CompiledExpression } from './compiled.ts';
import type { Frame } from './frame.ts';

type Combine = (values: readonly Value[], frame: Frame) => Value | Paused<Value>;

/** Evaluates all parts in order, then combines their values. */
function combineParts(parts: readonly CompiledExpression[], combine: Combine): CompiledExpression {
  return {
    height: heightAbove(parts),
    run(frame) {
      const values: Value[] = [];
      for (const part of parts) {
        const value = part.run(frame);
        if (value instanceof Paused)
          return runUntilPause(evaluateRemaining(parts, values, value, combine, frame));
        values.push(value);
      }
      return combine(values, frame);
    },
  };
}

function* evaluateRemaining(
  parts: readonly CompiledExpression[],
  values: Value[],
  pausedPart: Paused<Value>,
  combine: Combine,
  frame: Frame,
): Steps<Value> {
  values.push(yield* pausedPart.resume());
  while (values.length < parts.length) {
    const part = parts[values.length];
    if (part !== undefined) values.push(yield* resultOf(part.run(frame)));
  }
  return yield* resultOf(combine(values, frame));
}

// The height of an expression with these parts.
const heightAbove = (parts: readonly { readonly height: number }[]): number =>
  1 + parts.reduce((max, { height }) => Math.max(max, height), 0);

const applyToPart = (
  part: CompiledExpression,
  apply: (value: Value, frame: Frame) => Value | Paused<Value>,
): CompiledExpression => ({
  height: part.height + 1,
  run: (frame) => chain(part.run(frame), (value) => apply(value, frame)),
});

/** @param deferErrors whether an unknown filter or test is reported only when it is evaluated, not at compile time */
export function compileExpression(node: Expression, deferErrors: boolean): CompiledExpression {
  const compile = (part: Expression): CompiledExpression => compileExpression(part, deferErrors);
  switch (node.kind) {
    case 'constant':
      return { height: 1, run: () => node.value };
    case 'name':
      if (node.name === 'self') return { height: 1, run: () => raiseUnsupported('self') };
      return { height: 1, run: (frame) => frame.get(node.name) };
    case 'list':
      return combineParts(node.items.map(compile), (values, { state }) => chargeItems([...values], state));
    case 'tuple':
      return combineParts(
        node.items.map(compile),
        (values, { state }) => new Tuple(chargeItems([...values], state)),
      );
    case 'concat':
      return combineParts(node.items.map(compile), (values, { state }) =>
        runUntilPause(concatenate(values, state)),
      );
    case 'dict':
      return combineParts(node.entries.flat().map(compile), (values, { state }) => {
        const entries = values.flatMap((key, index): [Value, Value][] =>
          index % 2 === 0 ? [[key, values[index + 1] ?? null]] : [],
        );
        return dictOf(entries, state.clean);
      });
    case 'attribute':
      return applyToPart(compile(node.object), (object, { state }) => getAttribute(object, node.name, state));
    case 'item':
      return combineParts(
        [compile(node.object), compile(node.key)],
        ([object = null, key = null], { state }) => getItem(object, key, state),
      );
    case 'slice':
      return compileSlice(
        compile(node.object),
        node.bounds.map((bound) => bound && compile(bound)),
        isLiteral(node.object),
      );
    case 'call':
      return compileCall(compile(node.callee), node.args, deferErrors);
    case 'filter':
      return compileFilter(node.filter.name, compile(node.input), node.filter.args, deferErrors);
    case 'test':
      return compileTest(node.name, compile(node.input), node.args, deferErrors);
    case 'not':
      return applyToPart(compile(node.operand), (value) => !isTrue(value));
    case 'minus':
    case 'plus':
      return applyToPart(compile(node.operand), (value) => applySign(value, node.kind === 'minus'));
    case 'and':
      return compileShortCircuit(compile(node.left), compile(node.right), (left) => !isTrue(left));
    case 'or':
      return compileShortCircuit(compile(node.left), compile(node.right), isTrue);
    case 'binary':
      return combineParts(
        [compile(node.left), compile(node.right)],
        ([left = null, right = null], { state }) => {
          if (node.operator === '**' && isConstant(node.left) && !isConstant(node.right) && isNegative(left))
            return chain(applyOperator('**', applySign(left, true), right, state), (value) =>
              applySign(value, true),
            );
          return applyOperator(node.operator, left, right, state);
        },
      );
    case 'compare':
      return compileComparison(compile(node.first), node.comparisons, deferErrors);
    case 'conditional':
      return compileConditional(node);
  }
}

// jinja folds constants and writes them into Python code, where -2 ** x means -(2 ** x).
const isConstant = (node: Expression): boolean => {
  if (node.kind === 'binary') return isConstant(node.left) && isConstant(node.right);
  return node.kind === 'minus' || node.kind === 'plus' ? isConstant(node.operand) : node.kind === 'constant';
};

const isNegative = (value: Value): boolean =>
  isNumeric(value) &&
  ((compareNumbers(value, 0) ?? 0) < 0 || (value instanceof Float && Object.is(value.value, -0)));

function chargeItems(values: Value[], state: RenderState): Value[] {
  state.budget.step(1 + values.length);
  return values;
}

function* concatenate(values: readonly Value[], state: RenderState): Steps<Value> {
  let joined = '';
  for (const value of values) {
    const text = yield* strSteps(value, state);
    state.budget.allocate(joined.length + text.length);
    joined += text;
  }
  return joined;
}

/** Evaluates to the left value if `isDecisive` returns true for it, else to the right value. */
const compileShortCircuit = (
  left: CompiledExpression,
  right: CompiledExpression,
  isDecisive: (value: Value) => boolean,
): CompiledExpression => ({
  height: heightAbove([left, right]),
  run: (frame) => chain(left.run(frame), (value) => (isDecisive(value) ? value : right.run(frame))),
});

// jinja evaluates slices of literals at compile time: an invalid slice of a literal is undefined, but an invalid slice
// of a variable is an error.
function compileSlice(
  object: CompiledExpression,
  bounds: readonly (CompiledExpression | undefined)[],
  isLiteralObject: boolean,
): CompiledExpression {
  const boundParts = bounds.map((bound): CompiledExpression => bound ?? { height: 1, run: () => null });
  return combineParts(
    [object, ...boundParts],
    ([value = null, start = null, stop = null, step = null], { state }) => {
      const evaluateSlice = (): Value | Paused<Value> =>
        runUntilPause(slice(value, { start, stop, step }, state));
      if (!isLiteralObject) return evaluateSlice();
      const sliced = catchKinds(['TypeError'], evaluateSlice);
      return sliced === undefined ? new Undefined('the slice is invalid') : sliced;
    },
  );
}

const isLiteral = (node: Expression): boolean => ['constant', 'list', 'tuple', 'dict'].includes(node.kind);

function compileCall(
  callee: CompiledExpression,
  args: CallArguments,
  deferErrors: boolean,
): CompiledExpression {
  return compileWithArguments(callee, args, deferErrors, (value, argumentValues, { state }) =>
    callValue(value, argumentValues, state),
  );
}

/** Applies a filter to the result of `input`. */
export function compileFilter(
  name: string,
  input: CompiledExpression,
  args: CallArguments,
  deferErrors: boolean,
): CompiledExpression {
  if (!deferErrors && !hasFilter(name)) raise('SyntaxError', `no filter is named ${name}`);
  return compileWithArguments(input, args, deferErrors, (value, argumentValues, { state }) =>
    applyFilter(name, value, argumentValues, state),
  );
}

function compileTest(
  name: string,
  input: CompiledExpression,
  args: CallArguments,
  deferErrors: boolean,
): CompiledExpression {
  if (!deferErrors && !hasTest(name)) raise('SyntaxError', `no test is named ${name}`);
  return compileWithArguments(input, args, deferErrors, (value, argumentValues, { state }) =>
    runTest(name, value, argumentValues, state),
  );
}

/** Evaluates `first`, then the arguments, and passes the values to `apply`. */
export function compileWithArguments(
  first: CompiledExpression,
  args: CallArguments,
  deferErrors: boolean,
  apply: (value: Value, argumentValues: Arguments, frame: Frame) => Value | Paused<Value>,
): CompiledExpression {
  const { positional, named, list, dict } = args;
  const nodes = [
    ...positional,
    ...named.map(([, value]) => value),
    ...[list, dict].flatMap((node) => node ?? []),
  ];
  const parts = nodes.map((node) => compileExpression(node, deferErrors));
  return combineParts([first, ...parts], ([value = null, ...values], frame) => {
    frame.state.budget.step();
    return apply(value, toArguments(args, values, frame.state), frame);
  });
}

function applySign(value: Value, minus: boolean): Value {
  if (value instanceof Undefined) value.raise();
  if (!isNumeric(value)) raise('TypeError', `a ${typeName(value)} cannot have a sign`);
  if (minus) return negate(value);
  return typeof value === 'boolean' ? Number(value) : value;
}

function compileComparison(
  first: CompiledExpression,
  comparisons: readonly Comparison[],
  deferErrors: boolean,
): CompiledExpression {
  const links = comparisons.map(({ operator, operand }) => ({
    operator,
    code: compileExpression(operand, deferErrors),
  }));
  const compareFrom = (left: Value, index: number, frame: Frame): Value | Paused<Value> => {
    const link = links[index];
    if (link === undefined) return true;
    return chain(link.code.run(frame), (right) => {
      return chain(compareValues(link.operator, left, right, frame.state), (result) =>
        result && index + 1 < links.length ? compareFrom(right, index + 1, frame) : result,
      );
    });
  };
  return {
    height: heightAbove([first, ...links.map(({ code }) => code)]) + links.length,
    run: (frame) => chain(first.run(frame), (value) => compareFrom(value, 0, frame)),
  };
}

function compareValues(
  operator: Comparator,
  left: Value,
  right: Value,
  state: RenderState,
): boolean | Paused<boolean> {
  switch (operator) {
    case '==':
      return isEqual(left, right, state);
    case '!=':
      return !isEqual(left, right, state);
    case 'in':
      return contains(right, left, state);
    case 'not in':
      return chain(contains(right, left, state), (found) => !found);
    default:
      return satisfiesOrder(operator, left, right, state);
  }
}

function compileConditional({ test, value, elseValue }: Conditional): CompiledExpression {
  const condition = compileExpression(test, true);
  const valueCode = compileExpression(value, true);
  const elseCode = elseValue === undefined ? MISSING_ELSE : compileExpression(elseValue, true);
  return {
    height: heightAbove([condition, valueCode, elseCode]),
    run: (frame) =>
      chain(condition.run(frame), (result) => (isTrue(result) ? valueCode : elseCode).run(frame)),
  };
}

const MISSING_ELSE: CompiledExpression = {
  height: 1,
  run: () => new Undefined('the condition of an inline if without else is false'),
};
