// Compiles statements to functions that write to a string builder.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import type {
  AssignmentTarget,
  Body,
  Expression,
  FilterCall,
  ForStatement,
  MacroDefinition,
  Statement,
} from '../parse/syntax-tree.ts';
import { chain, Paused, resultOf, runUntilPause } from '../paused.ts';
import { raiseUnsupported } from '../unsupported.ts';
import { scalarString, strSteps } from '../values/str.ts';
import { isTrue } from '../values/truth.ts';
import { isString, type RenderState, typeName, type Value } from '../values/values.ts';
import { assign } from './assign.ts';
import { callValue } from './call.ts';
import { compileExpression, compileFilter, compileWithArguments } from './compile-expression.ts';
import type { CompiledExpression, CompiledStatement, LoopExit } from './compiled.ts';
import { type CompiledFor, runLoop } from './for-loop.ts';
import type { Frame } from './frame.ts';
import { type CompiledMacro, Macro } from './macro.ts';
import { type Scopes, scopesOf } from './scopes.ts';

/** Compiles a whole template. */
export const compileTemplate = (program: Body): CompiledStatement => compileBlock(program, scopesOf(program));

// Compiles a body that has a separate scope.
function compileBlock(body: Body, scopes: Scopes): CompiledStatement {
  const undefinedNames = scopes.get(body);
  const step = compileBody(body, scopes, false);
  if (undefinedNames === undefined || undefinedNames.size === 0) return step;
  return {
    height: step.height,
    run: (frame, out) => {
      frame.declareUndefined(undefinedNames);
      return step.run(frame, out);
    },
  };
}

// `deferErrors`: see `compileExpression`.
function compileBody(body: Body, scopes: Scopes, deferErrors: boolean): CompiledStatement {
  const steps = body.map((statement) => compileStatement(statement, scopes, deferErrors));
  return {
    height: 1 + steps.reduce((max, { height }) => Math.max(max, height), 0),
    run: (frame, out) => runStatements(steps, frame, out),
  };
}

function runStatements(
  steps: readonly CompiledStatement[],
  frame: Frame,
  out: StringBuilder,
): LoopExit | Paused<LoopExit> {
  for (let index = 0; index < steps.length; index++) {
    const exit = steps[index]?.run(frame, out);
    if (exit instanceof Paused) return runUntilPause(runRemaining(steps, index + 1, exit, frame, out));
    if (exit !== undefined) return exit;
  }
  return undefined;
}

function* runRemaining(
  steps: readonly CompiledStatement[],
  nextIndex: number,
  pausedStep: Paused<LoopExit>,
  frame: Frame,
  out: StringBuilder,
): Steps<LoopExit> {
  let exit = yield* pausedStep.resume();
  for (let index = nextIndex; index < steps.length && exit === undefined; index++)
    exit = yield* resultOf(steps[index]?.run(frame, out));
  return exit;
}

function compileStatement(statement: Statement, scopes: Scopes, deferErrors: boolean): CompiledStatement {
  switch (statement.kind) {
    case 'text':
      return { height: 1, run: (frame, out) => writeText(statement.text, frame.state, out) };
    case 'print':
      return createValueStatement(compileExpression(statement.value, deferErrors), (value, frame, out) =>
        writeValue(value, frame.state, out),
      );
    case 'if':
      return compileIf(
        statement.branches.map(({ test, body }) => ({
          test: compileExpression(test, true),
          body: compileBody(body, scopes, true),
        })),
        compileBody(statement.elseBody, scopes, true),
      );
    case 'for':
      return compileFor(statement, scopes, deferErrors);
    case 'set':
      return createValueStatement(compileExpression(statement.value, deferErrors), (value, frame) => {
        assign(statement.target, value, frame);
        return undefined;
      });
    case 'set-block':
      return createOutputStatement(
        compileBlock(statement.body, scopes),
        statement.filters,
        deferErrors,
        (value, frame) => {
          assign(statement.target, value, frame);
          return undefined;
        },
      );
    case 'filter-block':
      return createOutputStatement(
        compileBlock(statement.body, scopes),
        statement.filters,
        deferErrors,
        (value, frame, out) => {
          if (!isString(value))
            raise('TypeError', `the filters of a block must return a string, got a ${typeName(value)}`);
          return writeValue(value, frame.state, out);
        },
      );
    case 'with':
      return compileWith(statement.bindings, compileBlock(statement.body, scopes), deferErrors);
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
      const callee = compileExpression(statement.call.callee, deferErrors);
      const call = compileWithArguments(
        callee,
        statement.call.args,
        deferErrors,
        (value, argumentValues, frame) => {
          if (argumentValues.named.has('caller')) raise('TypeError', 'the argument caller was passed twice');
          return callValue(
            value,
            {
              ...argumentValues,
              named: new Map([...argumentValues.named, ['caller', new Macro(caller, frame)]]),
            },
            frame.state,
          );
        },
      );
      return createValueStatement(call, (value, frame, out) => writeValue(value, frame.state, out));
    }
    case 'generation':
      return createFrameStatement(compileBlock(statement.body, scopes), (frame) => frame.child());
    case 'block':
      return createFrameStatement(compileBlock(statement.body, scopes), (frame) =>
        (statement.isScoped ? frame : frame.topLevel).child(),
      );
    case 'autoescape': {
      const body = compileBlock(statement.body, scopes);
      return createValueStatement(compileExpression(statement.value, deferErrors), (value, frame, out) =>
        isTrue(value) ? raiseUnsupported('autoescape') : body.run(frame.child(), out),
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

function writeText(text: string, state: RenderState, out: StringBuilder): LoopExit {
  state.budget.step();
  state.budget.allocate(text.length);
  out.append(text);
  return undefined;
}

function writeValue(value: Value, state: RenderState, out: StringBuilder): LoopExit | Paused<LoopExit> {
  const text = scalarString(value, state);
  if (text !== undefined) return writeText(text, state, out);
  return chain(runUntilPause(strSteps(value, state)), (output) => writeText(output, state, out));
}

// Creates a statement that passes the value of an expression to `handleValue`.
const createValueStatement = (
  code: CompiledExpression,
  handleValue: (value: Value, frame: Frame, out: StringBuilder) => LoopExit | Paused<LoopExit>,
): CompiledStatement => ({
  height: code.height + 1,
  run: (frame, out) => chain(code.run(frame), (value) => handleValue(value, frame, out)),
});

// Creates a statement that runs a body in another frame.
const createFrameStatement = (
  body: CompiledStatement,
  frameOf: (frame: Frame) => Frame,
): CompiledStatement => ({
  height: body.height + 1,
  run: (frame, out) => body.run(frameOf(frame), out),
});

function compileIf(
  branches: readonly { test: CompiledExpression; body: CompiledStatement }[],
  elseBody: CompiledStatement,
): CompiledStatement {
  const runFrom = (index: number, frame: Frame, out: StringBuilder): LoopExit | Paused<LoopExit> => {
    const branch = branches[index];
    if (branch === undefined) return elseBody.run(frame, out);
    return chain(branch.test.run(frame), (result) =>
      isTrue(result) ? branch.body.run(frame, out) : runFrom(index + 1, frame, out),
    );
  };
  const heights = branches.map(({ test, body }, index) => index + Math.max(test.height, body.height));
  return {
    height: 1 + Math.max(branches.length + elseBody.height, ...heights),
    run: (frame, out) => runFrom(0, frame, out),
  };
}

// A variable name that no template can use.
const BLOCK_OUTPUT = ' printed';

/** Passes the filtered output of a body to `handleValue`, unless the body ends with `break` or `continue`. */
function createOutputStatement(
  body: CompiledStatement,
  filters: readonly FilterCall[],
  deferErrors: boolean,
  handleValue: (value: Value, frame: Frame, out: StringBuilder) => LoopExit | Paused<LoopExit>,
): CompiledStatement {
  const unfiltered: CompiledExpression = { height: 1, run: (frame) => frame.get(BLOCK_OUTPUT) };
  const filtered = filters.reduce(
    (input, { name, args }) => compileFilter(name, input, args, deferErrors),
    unfiltered,
  );
  return {
    height: 1 + Math.max(body.height, filtered.height),
    run: (frame, out) => {
      const bodyOutput = new StringBuilder();
      return chain(body.run(frame.child(), bodyOutput), (exit) => {
        if (exit !== undefined) return exit;
        const filterFrame = frame.child();
        filterFrame.set(BLOCK_OUTPUT, bodyOutput.build());
        return chain(filtered.run(filterFrame), (value) => handleValue(value, frame, out));
      });
    },
  };
}

function compileWith(
  bindings: readonly (readonly [AssignmentTarget, Expression])[],
  body: CompiledStatement,
  deferErrors: boolean,
): CompiledStatement {
  const values = bindings.map(([target, value]) => ({
    target,
    code: compileExpression(value, deferErrors),
  }));
  return {
    height: 1 + Math.max(body.height, ...values.map(({ code }) => code.height)),
    run: (frame, out) => runUntilPause(runWith(values, body, frame, out)),
  };
}

function* runWith(
  values: readonly { target: AssignmentTarget; code: CompiledExpression }[],
  body: CompiledStatement,
  frame: Frame,
  out: StringBuilder,
): Steps<LoopExit> {
  const bodyFrame = frame.child();
  const assignments: [AssignmentTarget, Value][] = [];
  for (const { target, code } of values) assignments.push([target, yield* resultOf(code.run(frame))]);
  for (const [target, value] of assignments) assign(target, value, bodyFrame);
  return yield* resultOf(body.run(bodyFrame, out));
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

function compileFor(node: ForStatement, scopes: Scopes, deferErrors: boolean): CompiledStatement {
  const items = compileExpression(node.items, deferErrors);
  const condition = node.condition && compileExpression(node.condition, deferErrors);
  const [body, elseBody] = [compileBlock(node.body, scopes), compileBlock(node.elseBody, scopes)];
  const height = 3 + Math.max(items.height, condition?.height ?? 0, body.height, elseBody.height);
  const code: CompiledFor = { ...node, items, condition, body, elseBody, height };
  return {
    height,
    run: (frame, out) =>
      chain(items.run(frame), (value) => runUntilPause(runLoop(code, value, 0, frame, out))),
  };
}
