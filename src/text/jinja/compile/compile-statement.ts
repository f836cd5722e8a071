// Statements as functions that print into a text.

import type { Steps } from '../../../base/steps.ts';
import { TextBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import type {
  Body,
  Expression,
  Filter,
  For,
  MacroDefinition,
  Statement,
  Target,
} from '../parse/syntax-tree.ts';
import { after, begin, Later, settled } from '../paused.ts';
import { refused } from '../unsupported.ts';
import { simple, strSteps } from '../values/str.ts';
import { isTrue } from '../values/truth.ts';
import { isText, type Run, typeName, type Value } from '../values/values.ts';
import { assign } from './assign.ts';
import { callValue } from './call.ts';
import { compileExpression, compileFilter, withArguments } from './compile-expression.ts';
import type { Code, Exit, Step } from './compiled.ts';
import { type ForCode, loop } from './for-loop.ts';
import type { Frame } from './frame.ts';
import { Macro, type MacroCode } from './macro.ts';
import { type Scopes, scopesOf } from './scopes.ts';

/** A whole template. */
export const compileTemplate = (program: Body): Step => compileBlock(program, scopesOf(program));

// A body with names of its own.
function compileBlock(body: Body, scopes: Scopes): Step {
  const unset = scopes.get(body);
  const step = compileBody(body, scopes, false);
  if (unset === undefined || unset.size === 0) return step;
  return {
    height: step.height,
    run: (frame, out) => {
      frame.leaveUnset(unset);
      return step.run(frame, out);
    },
  };
}

// `soft`: see `compileExpression`.
function compileBody(body: Body, scopes: Scopes, soft: boolean): Step {
  const steps = body.map((statement) => compileStatement(statement, scopes, soft));
  return {
    height: 1 + steps.reduce((most, { height }) => Math.max(most, height), 0),
    run: (frame, out) => runAll(steps, frame, out),
  };
}

function runAll(steps: readonly Step[], frame: Frame, out: TextBuilder): Exit | Later<Exit> {
  for (let at = 0; at < steps.length; at++) {
    const exit = steps[at]?.run(frame, out);
    if (exit instanceof Later) return begin(runRest(steps, at + 1, exit, frame, out));
    if (exit !== undefined) return exit;
  }
  return undefined;
}

function* runRest(
  steps: readonly Step[],
  from: number,
  first: Later<Exit>,
  frame: Frame,
  out: TextBuilder,
): Steps<Exit> {
  let exit = yield* first.rest();
  for (let at = from; at < steps.length && exit === undefined; at++)
    exit = yield* settled(steps[at]?.run(frame, out));
  return exit;
}

function compileStatement(statement: Statement, scopes: Scopes, soft: boolean): Step {
  switch (statement.kind) {
    case 'text':
      return { height: 1, run: (frame, out) => print(statement.text, frame.run, out) };
    case 'print':
      return ofValue(compileExpression(statement.value, soft), (value, frame, out) =>
        printValue(value, frame.run, out),
      );
    case 'if':
      return compileIf(
        statement.branches.map(({ test, body }) => ({
          test: compileExpression(test, true),
          body: compileBody(body, scopes, true),
        })),
        compileBody(statement.otherwise, scopes, true),
      );
    case 'for':
      return compileFor(statement, scopes, soft);
    case 'set':
      return ofValue(compileExpression(statement.value, soft), (value, frame) => {
        assign(statement.target, value, frame);
        return undefined;
      });
    case 'set-block':
      return withText(compileBlock(statement.body, scopes), statement.filters, soft, (value, frame) => {
        assign(statement.target, value, frame);
        return undefined;
      });
    case 'filter-block':
      return withText(compileBlock(statement.body, scopes), statement.filters, soft, (value, frame, out) => {
        if (!isText(value)) raise('TypeError', `a filter block prints a text, not a ${typeName(value)}`);
        return printValue(value, frame.run, out);
      });
    case 'with':
      return compileWith(statement.bindings, compileBlock(statement.body, scopes), soft);
    case 'macro': {
      const code = compileMacro(statement.macro, scopes);
      return {
        height: 1,
        run: (frame) => {
          frame.set(code.name, new Macro(code, frame));
          return undefined;
        },
      };
    }
    case 'call-block': {
      const caller = compileMacro(statement.caller, scopes, true);
      const callee = compileExpression(statement.call.callee, soft);
      const call = withArguments(callee, statement.call.args, soft, (value, given, frame) => {
        if (given.named.has('caller')) raise('TypeError', 'caller is given twice');
        return callValue(
          value,
          { ...given, named: new Map([...given.named, ['caller', new Macro(caller, frame)]]) },
          frame.run,
        );
      });
      return ofValue(call, (value, frame, out) => printValue(value, frame.run, out));
    }
    case 'generation':
      return inner(compileBlock(statement.body, scopes), (frame) => frame.inner());
    case 'block':
      return inner(compileBlock(statement.body, scopes), (frame) =>
        (statement.scoped ? frame : frame.stored).inner(),
      );
    case 'autoescape': {
      const body = compileBlock(statement.body, scopes);
      return ofValue(compileExpression(statement.value, soft), (value, frame, out) =>
        isTrue(value) ? refused('autoescape') : body.run(frame.inner(), out),
      );
    }
    case 'file':
      return {
        height: 1,
        run: () => raise('TypeError', `${statement.tag}: a chat template has no other files`),
      };
    case 'break':
    case 'continue':
      return { height: 1, run: () => statement.kind };
  }
}

function print(text: string, run: Run, out: TextBuilder): Exit {
  run.budget.step();
  run.budget.text(text.length);
  out.add(text);
  return undefined;
}

function printValue(value: Value, run: Run, out: TextBuilder): Exit | Later<Exit> {
  const text = simple(value, run);
  if (text !== undefined) return print(text, run, out);
  return after(begin(strSteps(value, run)), (whole) => print(whole, run, out));
}

const ofValue = (
  code: Code,
  use: (value: Value, frame: Frame, out: TextBuilder) => Exit | Later<Exit>,
): Step => ({
  height: code.height + 1,
  run: (frame, out) => after(code.run(frame), (value) => use(value, frame, out)),
});

const inner = (body: Step, frameOf: (frame: Frame) => Frame): Step => ({
  height: body.height + 1,
  run: (frame, out) => body.run(frameOf(frame), out),
});

function compileIf(branches: readonly { test: Code; body: Step }[], otherwise: Step): Step {
  const from = (at: number, frame: Frame, out: TextBuilder): Exit | Later<Exit> => {
    const branch = branches[at];
    if (branch === undefined) return otherwise.run(frame, out);
    return after(branch.test.run(frame), (holds) =>
      isTrue(holds) ? branch.body.run(frame, out) : from(at + 1, frame, out),
    );
  };
  const heights = branches.map(({ test, body }, at) => at + Math.max(test.height, body.height));
  return {
    height: 1 + Math.max(branches.length + otherwise.height, ...heights),
    run: (frame, out) => from(0, frame, out),
  };
}

// The name that no template can write.
const PRINTED = ' printed';

/** What a body prints, filtered, as a value. A `break` in it leaves without. */
function withText(
  body: Step,
  filters: readonly Filter[],
  soft: boolean,
  use: (value: Value, frame: Frame, out: TextBuilder) => Exit | Later<Exit>,
): Step {
  const printed: Code = { height: 1, run: (frame) => frame.get(PRINTED) };
  const filtered = filters.reduce((input, { name, args }) => compileFilter(name, input, args, soft), printed);
  return {
    height: 1 + Math.max(body.height, filtered.height),
    run: (frame, out) => {
      const within = new TextBuilder();
      return after(body.run(frame.inner(), within), (exit) => {
        if (exit !== undefined) return exit;
        const filtering = frame.inner();
        filtering.set(PRINTED, within.build());
        return after(filtered.run(filtering), (value) => use(value, frame, out));
      });
    },
  };
}

function compileWith(bindings: readonly (readonly [Target, Expression])[], body: Step, soft: boolean): Step {
  const values = bindings.map(([target, value]) => ({
    target,
    code: compileExpression(value, soft),
  }));
  return {
    height: 1 + Math.max(body.height, ...values.map(({ code }) => code.height)),
    run: (frame, out) => begin(runWith(values, body, frame, out)),
  };
}

function* runWith(
  values: readonly { target: Target; code: Code }[],
  body: Step,
  frame: Frame,
  out: TextBuilder,
): Steps<Exit> {
  const within = frame.inner();
  const bound: [Target, Value][] = [];
  for (const { target, code } of values) bound.push([target, yield* settled(code.run(frame))]);
  for (const [target, value] of bound) assign(target, value, within);
  return yield* settled(body.run(within, out));
}

function compileMacro(
  { name, parameters, body, speaksOf }: MacroDefinition,
  scopes: Scopes,
  isCaller = false,
): MacroCode {
  const fallbacks = parameters.map(({ name: parameter, fallback }) => ({
    name: parameter,
    fallback: fallback && compileExpression(fallback, false),
  }));
  const step = compileBlock(body, scopes);
  const heights = fallbacks.map(({ fallback }) => fallback?.height ?? 0);
  const height = 2 + Math.max(step.height, ...heights);
  return { isCaller, name, parameters: fallbacks, body: step, speaksOf, height };
}

function compileFor(node: For, scopes: Scopes, soft: boolean): Step {
  const items = compileExpression(node.items, soft);
  const condition = node.condition && compileExpression(node.condition, soft);
  const [body, otherwise] = [compileBlock(node.body, scopes), compileBlock(node.otherwise, scopes)];
  const height = 3 + Math.max(items.height, condition?.height ?? 0, body.height, otherwise.height);
  const code: ForCode = { ...node, items, condition, body, otherwise, height };
  return {
    height,
    run: (frame, out) => after(items.run(frame), (value) => begin(loop(code, value, 0, frame, out))),
  };
}
