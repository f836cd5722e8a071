// Compiles expressions to functions. An unknown filter or test is a compile-time error, except inside `if`, as in jinja.

import type { Steps } from '../../../base/steps.ts';
import { applyFilter, hasFilter } from '../builtins/filters.ts';
import { hasTest, runTest } from '../builtins/value-tests.ts';
import { catching, raise } from '../errors.ts';
import type { CallArguments, Comparator, Comparison, Conditional, Expression } from '../parse/syntax-tree.ts';
import { chain, Paused, resultOf, runToPause } from '../paused.ts';
import { unsupported } from '../unsupported.ts';
import { contains, isEqual, satisfiesOrder } from '../values/compare.ts';
import { dictOf } from '../values/dict.ts';
import { attribute, item, slice } from '../values/members.ts';
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
function inOrder(parts: readonly CompiledExpression[], combine: Combine): CompiledExpression {
  return {
    height: heightOver(parts),
    run(frame) {
      const values: Value[] = [];
      for (const part of parts) {
        const value = part.run(frame);
        if (value instanceof Paused) return runToPause(evaluateRest(parts, values, value, combine, frame));
        values.push(value);
      }
      return combine(values, frame);
    },
  };
}

function* evaluateRest(
  parts: readonly CompiledExpression[],
  values: Value[],
  first: Paused<Value>,
  combine: Combine,
  frame: Frame,
): Steps<Value> {
  values.push(yield* first.resume());
  while (values.length < parts.length) {
    const part = parts[values.length];
    if (part !== undefined) values.push(yield* resultOf(part.run(frame)));
  }
  return yield* resultOf(combine(values, frame));
}

const heightOver = (parts: readonly { readonly height: number }[]): number =>
  1 + parts.reduce((most, { height }) => Math.max(most, height), 0);

const unary = (
  part: CompiledExpression,
  change: (value: Value, frame: Frame) => Value | Paused<Value>,
): CompiledExpression => ({
  height: part.height + 1,
  run: (frame) => chain(part.run(frame), (value) => change(value, frame)),
});

/** @param soft whether an unknown filter or test is an error only when it runs */
export function compileExpression(node: Expression, soft: boolean): CompiledExpression {
  const compile = (one: Expression): CompiledExpression => compileExpression(one, soft);
  switch (node.kind) {
    case 'constant':
      return { height: 1, run: () => node.value };
    case 'name':
      if (node.name === 'self') return { height: 1, run: () => unsupported('self') };
      return { height: 1, run: (frame) => frame.get(node.name) };
    case 'list':
      return inOrder(node.items.map(compile), (values, { state }) => chargeItems([...values], state));
    case 'tuple':
      return inOrder(
        node.items.map(compile),
        (values, { state }) => new Tuple(chargeItems([...values], state)),
      );
    case 'concat':
      return inOrder(node.items.map(compile), (values, { state }) => runToPause(concatenate(values, state)));
    case 'dict':
      return inOrder(node.entries.flat().map(compile), (values, { state }) => {
        const entries = values.flatMap((key, at): [Value, Value][] =>
          at % 2 === 0 ? [[key, values[at + 1] ?? null]] : [],
        );
        return dictOf(entries, state.clean);
      });
    case 'attribute':
      return unary(compile(node.object), (object, { state }) => attribute(object, node.name, state));
    case 'item':
      return inOrder([compile(node.object), compile(node.key)], ([object = null, key = null], { state }) =>
        item(object, key, state),
      );
    case 'slice':
      return compileSlice(
        compile(node.object),
        node.bounds.map((bound) => bound && compile(bound)),
        isLiteral(node.object),
      );
    case 'call':
      return compileCall(compile(node.callee), node.args, soft);
    case 'filter':
      return compileFilter(node.filter.name, compile(node.input), node.filter.args, soft);
    case 'test':
      return compileTest(node.name, compile(node.input), node.args, soft);
    case 'not':
      return unary(compile(node.operand), (value) => !isTrue(value));
    case 'minus':
    case 'plus':
      return unary(compile(node.operand), (value) => applySign(value, node.kind === 'minus'));
    case 'and':
      return shortCircuit(compile(node.left), compile(node.right), (left) => !isTrue(left));
    case 'or':
      return shortCircuit(compile(node.left), compile(node.right), isTrue);
    case 'binary':
      return inOrder([compile(node.left), compile(node.right)], ([left = null, right = null], { state }) => {
        if (node.operator === '**' && isConstant(node.left) && !isConstant(node.right) && isNegative(left))
          return chain(applyOperator('**', applySign(left, true), right, state), (value) =>
            applySign(value, true),
          );
        return applyOperator(node.operator, left, right, state);
      });
    case 'compare':
      return compileComparison(compile(node.first), node.rest, soft);
    case 'choice':
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
  let whole = '';
  for (const value of values) {
    const text = yield* strSteps(value, state);
    state.budget.allocate(whole.length + text.length);
    whole += text;
  }
  return whole;
}

/** Returns the left value if `decides` holds for it, else the right one. */
const shortCircuit = (
  left: CompiledExpression,
  right: CompiledExpression,
  decides: (value: Value) => boolean,
): CompiledExpression => ({
  height: heightOver([left, right]),
  run: (frame) => chain(left.run(frame), (value) => (decides(value) ? value : right.run(frame))),
});

// An invalid slice of a literal, which jinja evaluates at compile time, is undefined; of a variable it is an error.
function compileSlice(
  object: CompiledExpression,
  bounds: readonly (CompiledExpression | undefined)[],
  literal: boolean,
): CompiledExpression {
  const given = bounds.map((bound): CompiledExpression => bound ?? { height: 1, run: () => null });
  return inOrder([object, ...given], ([value = null, start = null, stop = null, step = null], { state }) => {
    const cut = (): Value | Paused<Value> => runToPause(slice(value, { start, stop, step }, state));
    if (!literal) return cut();
    const sliced = catching(['TypeError'], cut);
    return sliced === undefined ? new Undefined('the slice is invalid') : sliced;
  });
}

const isLiteral = (node: Expression): boolean => ['constant', 'list', 'tuple', 'dict'].includes(node.kind);

function compileCall(callee: CompiledExpression, args: CallArguments, soft: boolean): CompiledExpression {
  return withArguments(callee, args, soft, (value, given, { state }) => callValue(value, given, state));
}

/** Applies a filter to the result of `input`. */
export function compileFilter(
  name: string,
  input: CompiledExpression,
  args: CallArguments,
  soft: boolean,
): CompiledExpression {
  if (!soft && !hasFilter(name)) raise('SyntaxError', `no filter is named ${name}`);
  return withArguments(input, args, soft, (value, given, { state }) =>
    applyFilter(name, value, given, state),
  );
}

function compileTest(
  name: string,
  input: CompiledExpression,
  args: CallArguments,
  soft: boolean,
): CompiledExpression {
  if (!soft && !hasTest(name)) raise('SyntaxError', `no test is named ${name}`);
  return withArguments(input, args, soft, (value, given, { state }) => runTest(name, value, given, state));
}

/** Evaluates a value, then the arguments, and passes both to `apply`. */
export function withArguments(
  first: CompiledExpression,
  args: CallArguments,
  soft: boolean,
  apply: (value: Value, given: Arguments, frame: Frame) => Value | Paused<Value>,
): CompiledExpression {
  const { positional, named, list, dict } = args;
  const nodes = [
    ...positional,
    ...named.map(([, value]) => value),
    ...[list, dict].flatMap((one) => one ?? []),
  ];
  const parts = nodes.map((node) => compileExpression(node, soft));
  return inOrder([first, ...parts], ([value = null, ...values], frame) => {
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
  rest: readonly Comparison[],
  soft: boolean,
): CompiledExpression {
  const links = rest.map(({ operator, operand }) => ({ operator, code: compileExpression(operand, soft) }));
  const from = (left: Value, at: number, frame: Frame): Value | Paused<Value> => {
    const link = links[at];
    if (link === undefined) return true;
    return chain(link.code.run(frame), (right) => {
      return chain(compareValues(link.operator, left, right, frame.state), (holds) =>
        holds && at + 1 < links.length ? from(right, at + 1, frame) : holds,
      );
    });
  };
  return {
    height: heightOver([first, ...links.map(({ code }) => code)]) + links.length,
    run: (frame) => chain(first.run(frame), (value) => from(value, 0, frame)),
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

function compileConditional({ test, value, otherwise }: Conditional): CompiledExpression {
  const condition = compileExpression(test, true);
  const yes = compileExpression(value, true);
  const no = otherwise === undefined ? MISSING_ELSE : compileExpression(otherwise, true);
  return {
    height: heightOver([condition, yes, no]),
    run: (frame) => chain(condition.run(frame), (holds) => (isTrue(holds) ? yes : no).run(frame)),
  };
}

const MISSING_ELSE: CompiledExpression = {
  height: 1,
  run: () => new Undefined('the condition of an inline if without else is false'),
};
