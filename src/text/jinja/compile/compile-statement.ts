// Compiles statements to functions that write to a string builder.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
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
import { chain, Paused, resultOf, runToPause } from '../paused.ts';
import { unsupported } from '../unsupported.ts';
import { scalarString, strSteps } from '../values/str.ts';
import { isTrue } from '../values/truth.ts';
import { isString, type RenderState, typeName, type Value } from '../values/values.ts';
import { assign } from './assign.ts';
import { callValue } from './call.ts';
import { compileExpression, compileFilter, withArguments } from './compile-expression.ts';
import type { CompiledExpression, CompiledStatement, LoopExit } from './compiled.ts';
import { type CompiledFor, runLoop } from './for-loop.ts';
import type { Frame } from './frame.ts';
import { type CompiledMacro, Macro } from './macro.ts';
import { type Scopes, scopesOf } from './scopes.ts';

/** Compiles a whole template. */
export const compileTemplate = (program: Body): CompiledStatement => compileBlock(program, scopesOf(program));

// A body with its own scope.
function compileBlock(body: Body, scopes: Scopes): CompiledStatement {
  const unset = scopes.get(body);
  const step = compileBody(body, scopes, false);
  if (unset === undefined || unset.size === 0) return step;
  return {
    height: step.height,
    run: (frame, out) => {
      frame.declareUnset(unset);
      return step.run(frame, out);
    },
  };
}

// `soft`: see `compileExpression`.
function compileBody(body: Body, scopes: Scopes, soft: boolean): CompiledStatement {
  const steps = body.map((statement) => compileStatement(statement, scopes, soft));
  return {
    height: 1 + steps.reduce((most, { height }) => Math.max(most, height), 0),
    run: (frame, out) => runAll(steps, frame, out),
  };
}

function runAll(
  steps: readonly CompiledStatement[],
  frame: Frame,
  out: StringBuilder,
): LoopExit | Paused<LoopExit> {
  for (let at = 0; at < steps.length; at++) {
    const exit = steps[at]?.run(frame, out);
    if (exit instanceof Paused) return runToPause(runRest(steps, at + 1, exit, frame, out));
    if (exit !== undefined) return exit;
  }
  return undefined;
}

function* runRest(
  steps: readonly CompiledStatement[],
  from: number,
  first: Paused<LoopExit>,
  frame: Frame,
  out: StringBuilder,
): Steps<LoopExit> {
  let exit = yield* first.resume();
  for (let at = from; at < steps.length && exit === undefined; at++)
    exit = yield* resultOf(steps[at]?.run(frame, out));
  return exit;
}

function compileStatement(statement: Statement, scopes: Scopes, soft: boolean): CompiledStatement {
  switch (statement.kind) {
    case 'text':
      return { height: 1, run: (frame, out) => print(statement.text, frame.state, out) };
    case 'print':
      return withValue(compileExpression(statement.value, soft), (value, frame, out) =>
        printValue(value, frame.state, out),
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
      return withValue(compileExpression(statement.value, soft), (value, frame) => {
        assign(statement.target, value, frame);
        return undefined;
      });
    case 'set-block':
      return withOutput(compileBlock(statement.body, scopes), statement.filters, soft, (value, frame) => {
        assign(statement.target, value, frame);
        return undefined;
      });
    case 'filter-block':
      return withOutput(
        compileBlock(statement.body, scopes),
        statement.filters,
        soft,
        (value, frame, out) => {
          if (!isString(value))
            raise('TypeError', `the filters of a block must return a string, got a ${typeName(value)}`);
          return printValue(value, frame.state, out);
        },
      );
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
          frame.state,
        );
      });
      return withValue(call, (value, frame, out) => printValue(value, frame.state, out));
    }
    case 'generation':
      return inFrame(compileBlock(statement.body, scopes), (frame) => frame.child());
    case 'block':
      return inFrame(compileBlock(statement.body, scopes), (frame) =>
        (statement.scoped ? frame : frame.topLevel).child(),
      );
    case 'autoescape': {
      const body = compileBlock(statement.body, scopes);
      return withValue(compileExpression(statement.value, soft), (value, frame, out) =>
        isTrue(value) ? unsupported('autoescape') : body.run(frame.child(), out),
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

function print(text: string, state: RenderState, out: StringBuilder): LoopExit {
  state.budget.step();
  state.budget.allocate(text.length);
  out.append(text);
  return undefined;
}

function printValue(value: Value, state: RenderState, out: StringBuilder): LoopExit | Paused<LoopExit> {
  const text = scalarString(value, state);
  if (text !== undefined) return print(text, state, out);
  return chain(runToPause(strSteps(value, state)), (whole) => print(whole, state, out));
}

const withValue = (
  code: CompiledExpression,
  use: (value: Value, frame: Frame, out: StringBuilder) => LoopExit | Paused<LoopExit>,
): CompiledStatement => ({
  height: code.height + 1,
  run: (frame, out) => chain(code.run(frame), (value) => use(value, frame, out)),
});

const inFrame = (body: CompiledStatement, frameOf: (frame: Frame) => Frame): CompiledStatement => ({
  height: body.height + 1,
  run: (frame, out) => body.run(frameOf(frame), out),
});

function compileIf(
  branches: readonly { test: CompiledExpression; body: CompiledStatement }[],
  otherwise: CompiledStatement,
): CompiledStatement {
  const from = (at: number, frame: Frame, out: StringBuilder): LoopExit | Paused<LoopExit> => {
    const branch = branches[at];
    if (branch === undefined) return otherwise.run(frame, out);
    return chain(branch.test.run(frame), (holds) =>
      isTrue(holds) ? branch.body.run(frame, out) : from(at + 1, frame, out),
    );
  };
  const heights = branches.map(({ test, body }, at) => at + Math.max(test.height, body.height));
  return {
    height: 1 + Math.max(branches.length + otherwise.height, ...heights),
    run: (frame, out) => from(0, frame, out),
  };
}

// A variable name that no template can write.
const PRINTED = ' printed';

/** Passes the filtered output of a body to `use`. A `break` in the body skips that. */
function withOutput(
  body: CompiledStatement,
  filters: readonly Filter[],
  soft: boolean,
  use: (value: Value, frame: Frame, out: StringBuilder) => LoopExit | Paused<LoopExit>,
): CompiledStatement {
  const printed: CompiledExpression = { height: 1, run: (frame) => frame.get(PRINTED) };
  const filtered = filters.reduce((input, { name, args }) => compileFilter(name, input, args, soft), printed);
  return {
    height: 1 + Math.max(body.height, filtered.height),
    run: (frame, out) => {
      const within = new StringBuilder();
      return chain(body.run(frame.child(), within), (exit) => {
        if (exit !== undefined) return exit;
        const filtering = frame.child();
        filtering.set(PRINTED, within.build());
        return chain(filtered.run(filtering), (value) => use(value, frame, out));
      });
    },
  };
}

function compileWith(
  bindings: readonly (readonly [Target, Expression])[],
  body: CompiledStatement,
  soft: boolean,
): CompiledStatement {
  const values = bindings.map(([target, value]) => ({
    target,
    code: compileExpression(value, soft),
  }));
  return {
    height: 1 + Math.max(body.height, ...values.map(({ code }) => code.height)),
    run: (frame, out) => runToPause(runWith(values, body, frame, out)),
  };
}

function* runWith(
  values: readonly { target: Target; code: CompiledExpression }[],
  body: CompiledStatement,
  frame: Frame,
  out: StringBuilder,
): Steps<LoopExit> {
  const within = frame.child();
  const bound: [Target, Value][] = [];
  for (const { target, code } of values) bound.push([target, yield* resultOf(code.run(frame))]);
  for (const [target, value] of bound) assign(target, value, within);
  return yield* resultOf(body.run(within, out));
}

function compileMacro(
  { name, parameters, body, implicitNames }: MacroDefinition,
  scopes: Scopes,
  isCaller = false,
): CompiledMacro {
  const fallbacks = parameters.map(({ name: parameter, fallback }) => ({
    name: parameter,
    fallback: fallback && compileExpression(fallback, false),
  }));
  const step = compileBlock(body, scopes);
  const heights = fallbacks.map(({ fallback }) => fallback?.height ?? 0);
  const height = 2 + Math.max(step.height, ...heights);
  return { isCaller, name, parameters: fallbacks, body: step, implicitNames, height };
}

function compileFor(node: For, scopes: Scopes, soft: boolean): CompiledStatement {
  const items = compileExpression(node.items, soft);
  const condition = node.condition && compileExpression(node.condition, soft);
  const [body, otherwise] = [compileBlock(node.body, scopes), compileBlock(node.otherwise, scopes)];
  const height = 3 + Math.max(items.height, condition?.height ?? 0, body.height, otherwise.height);
  const code: CompiledFor = { ...node, items, condition, body, otherwise, height };
  return {
    height,
    run: (frame, out) => chain(items.run(frame), (value) => runToPause(runLoop(code, value, 0, frame, out))),
  };
}
