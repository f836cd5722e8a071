// Macros, and the bodies of `call` blocks, which are macros too.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import { type Paused, resultOf, runUntilPause } from '../paused.ts';
import { markedNamedArguments } from '../values/arguments.ts';
import { dictOf } from '../values/dict.ts';
import {
  type Arguments,
  AttributeObject,
  defaultIfUndefined,
  type RenderState,
  Tuple,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { CompiledExpression, CompiledStatement } from './compiled.ts';
import type { Frame } from './frame.ts';

export interface CompiledMacro {
  /** whether the macro is the body of a call block, which has no name */
  readonly isCaller: boolean;
  readonly name: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly fallback: CompiledExpression | undefined;
  }[];
  readonly body: CompiledStatement;
  /** which of `caller`, `varargs` and `kwargs` the body uses */
  readonly implicitNames: ReadonlySet<string>;
  readonly height: number;
}

export class Macro extends AttributeObject {
  readonly type = 'Macro';
  readonly #code: CompiledMacro;
  readonly #parentFrame: Frame;

  constructor(code: CompiledMacro, parentFrame: Frame) {
    super();
    this.#code = code;
    this.#parentFrame = parentFrame;
  }

  override describe(): string {
    return this.#code.isCaller ? '<Macro anonymous>' : `<Macro '${this.#code.name}'>`;
  }

  attribute(name: string): Value | undefined {
    const { parameters, implicitNames } = this.#code;
    switch (name) {
      case 'name':
        return this.#code.isCaller ? null : this.#code.name;
      case 'arguments':
        return new Tuple(parameters.map((parameter) => parameter.name));
      case 'catch_kwargs':
        return implicitNames.has('kwargs');
      case 'catch_varargs':
        return implicitNames.has('varargs');
      case 'caller':
        return implicitNames.has('caller');
      default:
        return undefined;
    }
  }

  call(args: Arguments, state: RenderState): Value | Paused<Value> {
    state.budget.step();
    return runUntilPause(this.#run(args, state));
  }

  *#run(args: Arguments, state: RenderState): Steps<Value> {
    const { height, body } = this.#code;
    state.budget.enter(height);
    if (state.budget.isPauseDue()) yield;
    const frame = this.#parentFrame.child();
    yield* this.#bind(args, frame);
    const out = new StringBuilder();
    yield* resultOf(body.run(frame, out));
    state.budget.leave(height);
    return out.build();
  }

  *#bind({ positional, named, markedNames }: Arguments, frame: Frame): Steps<void> {
    const { name, parameters, implicitNames } = this.#code;
    const unusedNamed = new Map(named);
    const missingParameters: { name: string; fallback: CompiledExpression | undefined }[] = [];
    for (const [index, parameter] of parameters.entries()) {
      const value = positional[index] ?? (index < positional.length ? null : unusedNamed.get(parameter.name));
      if (index >= positional.length) unusedNamed.delete(parameter.name);
      if (value === undefined) missingParameters.push(parameter);
      else frame.set(parameter.name, value);
    }
    const hasCallerParameter = parameters.some((parameter) => parameter.name === 'caller');
    if (implicitNames.has('caller') && !hasCallerParameter) {
      frame.set(
        'caller',
        defaultIfUndefined(
          unusedNamed.get('caller'),
          () => new Undefined('the macro was not called by a call block'),
        ),
      );
      unusedNamed.delete('caller');
    }
    const [unknownName] = unusedNamed.keys();
    if (implicitNames.has('kwargs')) {
      const keywordArguments = markedNamedArguments({
        positional,
        named: unusedNamed,
        ...(markedNames && { markedNames }),
      });
      frame.set('kwargs', dictOf(keywordArguments, frame.state.clean));
    } else if (unknownName !== undefined)
      raise('TypeError', `the macro ${name} has no parameter ${unknownName}`);
    const extraArguments = positional.slice(parameters.length);
    if (implicitNames.has('varargs')) frame.set('varargs', new Tuple(extraArguments));
    else if (extraArguments.length > 0)
      raise('TypeError', `the macro ${name} accepts at most ${parameters.length} arguments`);
    for (const { name: parameter, fallback } of missingParameters) {
      const value = fallback && (yield* resultOf(fallback.run(frame)));
      frame.set(
        parameter,
        defaultIfUndefined(value, () => new Undefined(`the argument ${parameter} was not passed`)),
      );
    }
  }
}
