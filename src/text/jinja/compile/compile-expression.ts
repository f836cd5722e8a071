// Expressions as functions of the variables. What is unknown by name (a filter, a test) is an error before anything
// runs, but within `if`, as in jinja.

import type { Steps } from '../../../base/steps.ts';
import { applyFilter, hasFilter } from '../builtins/filters.ts';
import { hasTest, runTest } from '../builtins/value-tests.ts';
import { except, raise } from '../errors.ts';
import type { CallArguments, Choice, Comparator, Comparison, Expression } from '../parse/syntax-tree.ts';
import { after, begin, Later, settled } from '../paused.ts';
import { refused } from '../unsupported.ts';
import { contains, isEqual, isOrdered } from '../values/compare.ts';
import { dictOf } from '../values/dict.ts';
import { attribute, item, slice } from '../values/members.ts';
import { compareNumbers, isNumeric, negated } from '../values/numbers.ts';
import { operate } from '../values/operators.ts';
import { strSteps } from '../values/str.ts';
import { isTrue } from '../values/truth.ts';
import { type Arguments, Float, type Run, Tuple, typeName, Undefined, type Value } from '../values/values.ts';
import { callValue, evaluatedArguments } from './call.ts';
import type { Code } from './compiled.ts';
import type { Frame } from './frame.ts';

type Combine = (values: readonly Value[], frame: Frame) => Value | Later<Value>;

/** Evaluates all parts in their order. */
function strict(parts: readonly Code[], combine: Combine): Code {
  return {
    height: heightOver(parts),
    run(frame) {
      const values: Value[] = [];
      for (const part of parts) {
        const value = part.run(frame);
        if (value instanceof Later) return begin(rest(parts, values, value, combine, frame));
        values.push(value);
      }
      return combine(values, frame);
    },
  };
}

function* rest(
  parts: readonly Code[],
  values: Value[],
  first: Later<Value>,
  combine: Combine,
  frame: Frame,
): Steps<Value> {
  values.push(yield* first.rest());
  while (values.length < parts.length) {
    const part = parts[values.length];
    if (part !== undefined) values.push(yield* settled(part.run(frame)));
  }
  return yield* settled(combine(values, frame));
}

const heightOver = (parts: readonly { readonly height: number }[]): number =>
  1 + parts.reduce((most, { height }) => Math.max(most, height), 0);

/** Of one part. */
const ofOne = (part: Code, change: (value: Value, frame: Frame) => Value | Later<Value>): Code => ({
  height: part.height + 1,
  run: (frame) => after(part.run(frame), (value) => change(value, frame)),
});

/** @param soft whether what is unknown by name is an error only where it runs */
export function compileExpression(node: Expression, soft: boolean): Code {
  const compile = (one: Expression): Code => compileExpression(one, soft);
  switch (node.kind) {
    case 'constant':
      return { height: 1, run: () => node.value };
    case 'name':
      if (node.name === 'self') return { height: 1, run: () => refused('self') };
      return { height: 1, run: (frame) => frame.get(node.name) };
    case 'list':
      return strict(node.items.map(compile), (values, { run }) => listed([...values], run));
    case 'tuple':
      return strict(node.items.map(compile), (values, { run }) => new Tuple(listed([...values], run)));
    case 'concat':
      return strict(node.items.map(compile), (values, { run }) => begin(concatenated(values, run)));
    case 'dict':
      return strict(node.entries.flat().map(compile), (values, { run }) => {
        const entries = values.flatMap((key, at): [Value, Value][] =>
          at % 2 === 0 ? [[key, values[at + 1] ?? null]] : [],
        );
        return dictOf(entries, run.clean);
      });
    case 'attribute':
      return ofOne(compile(node.object), (object, { run }) => attribute(object, node.name, run));
    case 'item':
      return strict([compile(node.object), compile(node.key)], ([object = null, key = null], { run }) =>
        item(object, key, run),
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
      return ofOne(compile(node.operand), (value) => !isTrue(value));
    case 'minus':
    case 'plus':
      return ofOne(compile(node.operand), (value) => signed(value, node.kind === 'minus'));
    case 'and':
      return either(compile(node.left), compile(node.right), (left) => !isTrue(left));
    case 'or':
      return either(compile(node.left), compile(node.right), isTrue);
    case 'binary':
      return strict([compile(node.left), compile(node.right)], ([left = null, right = null], { run }) => {
        if (node.operator === '**' && isConstant(node.left) && !isConstant(node.right) && isNegative(left))
          return after(operate('**', signed(left, true), right, run), (value) => signed(value, true));
        return operate(node.operator, left, right, run);
      });
    case 'compare':
      return compileComparison(compile(node.first), node.rest, soft);
    case 'choice':
      return compileChoice(node);
  }
}

// jinja computes what is constant and writes it into Python code, where the sign of -2 ** x is that of the result.
const isConstant = (node: Expression): boolean => {
  if (node.kind === 'binary') return isConstant(node.left) && isConstant(node.right);
  return node.kind === 'minus' || node.kind === 'plus' ? isConstant(node.operand) : node.kind === 'constant';
};

const isNegative = (value: Value): boolean =>
  isNumeric(value) &&
  ((compareNumbers(value, 0) ?? 0) < 0 || (value instanceof Float && Object.is(value.value, -0)));

function listed(values: Value[], run: Run): Value[] {
  run.budget.step(1 + values.length);
  return values;
}

function* concatenated(values: readonly Value[], run: Run): Steps<Value> {
  let whole = '';
  for (const value of values) {
    const text = yield* strSteps(value, run);
    run.budget.text(whole.length + text.length);
    whole += text;
  }
  return whole;
}

/** The left value where it decides, else the right one. */
const either = (left: Code, right: Code, decides: (value: Value) => boolean): Code => ({
  height: heightOver([left, right]),
  run: (frame) => after(left.run(frame), (value) => (decides(value) ? value : right.run(frame))),
});

// Of a literal, which jinja slices before it runs, an impossible slice is undefined; of a variable it is an error.
function compileSlice(object: Code, bounds: readonly (Code | undefined)[], literal: boolean): Code {
  const given = bounds.map((bound): Code => bound ?? { height: 1, run: () => null });
  return strict([object, ...given], ([value = null, start = null, stop = null, step = null], { run }) => {
    const cut = (): Value | Later<Value> => begin(slice(value, { start, stop, step }, run));
    if (!literal) return cut();
    const sliced = except(['TypeError'], cut);
    return sliced === undefined ? new Undefined('there is no such slice') : sliced;
  });
}

const isLiteral = (node: Expression): boolean => ['constant', 'list', 'tuple', 'dict'].includes(node.kind);

function compileCall(callee: Code, args: CallArguments, soft: boolean): Code {
  return withArguments(callee, args, soft, (value, given, { run }) => callValue(value, given, run));
}

/** A filter of what `input` gives. */
export function compileFilter(name: string, input: Code, args: CallArguments, soft: boolean): Code {
  if (!soft && !hasFilter(name)) raise('SyntaxError', `no filter is named ${name}`);
  return withArguments(input, args, soft, (value, given, { run }) => applyFilter(name, value, given, run));
}

function compileTest(name: string, input: Code, args: CallArguments, soft: boolean): Code {
  if (!soft && !hasTest(name)) raise('SyntaxError', `no test is named ${name}`);
  return withArguments(input, args, soft, (value, given, { run }) => runTest(name, value, given, run));
}

/** What `apply` makes of a value and of arguments, which are evaluated after it. */
export function withArguments(
  first: Code,
  args: CallArguments,
  soft: boolean,
  apply: (value: Value, given: Arguments, frame: Frame) => Value | Later<Value>,
): Code {
  const { positional, named, list, dict } = args;
  const nodes = [
    ...positional,
    ...named.map(([, value]) => value),
    ...[list, dict].flatMap((one) => one ?? []),
  ];
  const parts = nodes.map((node) => compileExpression(node, soft));
  return strict([first, ...parts], ([value = null, ...values], frame) => {
    frame.run.budget.step();
    return apply(value, evaluatedArguments(args, values, frame.run), frame);
  });
}

function signed(value: Value, minus: boolean): Value {
  if (value instanceof Undefined) value.raise();
  if (!isNumeric(value)) raise('TypeError', `a ${typeName(value)} has no sign`);
  if (minus) return negated(value);
  return typeof value === 'boolean' ? Number(value) : value;
}

function compileComparison(first: Code, rest: readonly Comparison[], soft: boolean): Code {
  const links = rest.map(({ operator, operand }) => ({ operator, code: compileExpression(operand, soft) }));
  const from = (left: Value, at: number, frame: Frame): Value | Later<Value> => {
    const link = links[at];
    if (link === undefined) return true;
    return after(link.code.run(frame), (right) => {
      return after(compared(link.operator, left, right, frame.run), (holds) =>
        holds && at + 1 < links.length ? from(right, at + 1, frame) : holds,
      );
    });
  };
  return {
    height: heightOver([first, ...links.map(({ code }) => code)]) + links.length,
    run: (frame) => after(first.run(frame), (value) => from(value, 0, frame)),
  };
}

function compared(operator: Comparator, left: Value, right: Value, run: Run): boolean | Later<boolean> {
  switch (operator) {
    case '==':
      return isEqual(left, right, run);
    case '!=':
      return !isEqual(left, right, run);
    case 'in':
      return contains(right, left, run);
    case 'not in':
      return after(contains(right, left, run), (found) => !found);
    default:
      return isOrdered(operator, left, right, run);
  }
}

function compileChoice({ test, value, otherwise }: Choice): Code {
  const condition = compileExpression(test, true);
  const yes = compileExpression(value, true);
  const no = otherwise === undefined ? NOTHING : compileExpression(otherwise, true);
  return {
    height: heightOver([condition, yes, no]),
    run: (frame) => after(condition.run(frame), (holds) => (isTrue(holds) ? yes : no).run(frame)),
  };
}

const NOTHING: Code = {
  height: 1,
  run: () => new Undefined('the condition of an if without else did not hold'),
};
