// Macros of a template, and the bodies of `call` blocks, which are macros too.

import type { Steps } from '../../../base/steps.ts';
import { TextBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import { begin, type Later, settled } from '../paused.ts';
import { spelledNames } from '../values/arguments.ts';
import { dictOf } from '../values/dict.ts';
import {
  type Arguments,
  Attributed,
  orElse,
  type Run,
  Tuple,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { Code, Step } from './compiled.ts';
import type { Frame } from './frame.ts';

export interface MacroCode {
  /** the body of a call block, which has no name of its own */
  readonly isCaller: boolean;
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly fallback: Code | undefined }[];
  readonly body: Step;
  /** which of `caller`, `varargs` and `kwargs` the body speaks of */
  readonly speaksOf: ReadonlySet<string>;
  readonly height: number;
}

export class Macro extends Attributed {
  readonly type = 'Macro';
  readonly #code: MacroCode;
  readonly #around: Frame;

  constructor(code: MacroCode, around: Frame) {
    super();
    this.#code = code;
    this.#around = around;
  }

  override describe(): string {
    return this.#code.isCaller ? '<Macro anonymous>' : `<Macro '${this.#code.name}'>`;
  }

  attribute(name: string): Value | undefined {
    const { parameters, speaksOf } = this.#code;
    switch (name) {
      case 'name':
        return this.#code.isCaller ? null : this.#code.name;
      case 'arguments':
        return new Tuple(parameters.map((parameter) => parameter.name));
      case 'catch_kwargs':
        return speaksOf.has('kwargs');
      case 'catch_varargs':
        return speaksOf.has('varargs');
      case 'caller':
        return speaksOf.has('caller');
      default:
        return undefined;
    }
  }

  call(given: Arguments, run: Run): Value | Later<Value> {
    run.budget.step();
    return begin(this.#run(given, run));
  }

  *#run(given: Arguments, run: Run): Steps<Value> {
    const { height, body } = this.#code;
    run.budget.enter(height);
    if (run.budget.due()) yield;
    const frame = this.#around.inner();
    yield* this.#bind(given, frame);
    const out = new TextBuilder();
    yield* settled(body.run(frame, out));
    run.budget.leave(height);
    return out.build();
  }

  *#bind({ positional, named, spellings }: Arguments, frame: Frame): Steps<void> {
    const { name, parameters, speaksOf } = this.#code;
    const left = new Map(named);
    const missing: { name: string; fallback: Code | undefined }[] = [];
    for (const [at, parameter] of parameters.entries()) {
      const value = positional[at] ?? (at < positional.length ? null : left.get(parameter.name));
      if (at >= positional.length) left.delete(parameter.name);
      if (value === undefined) missing.push(parameter);
      else frame.set(parameter.name, value);
    }
    const explicit = parameters.some((parameter) => parameter.name === 'caller');
    if (speaksOf.has('caller') && !explicit) {
      frame.set(
        'caller',
        orElse(left.get('caller'), () => new Undefined('the macro was not called by a call block')),
      );
      left.delete('caller');
    }
    const [unknown] = left.keys();
    if (speaksOf.has('kwargs')) {
      const kept = spelledNames({ positional, named: left, ...(spellings && { spellings }) });
      frame.set('kwargs', dictOf(kept, frame.run.clean));
    } else if (unknown !== undefined) raise('TypeError', `the macro ${name} takes no argument ${unknown}`);
    const others = positional.slice(parameters.length);
    if (speaksOf.has('varargs')) frame.set('varargs', new Tuple(others));
    else if (others.length > 0) raise('TypeError', `the macro ${name} takes ${parameters.length} arguments`);
    for (const { name: parameter, fallback } of missing) {
      const value = fallback && (yield* settled(fallback.run(frame)));
      frame.set(
        parameter,
        orElse(value, () => new Undefined(`the argument ${parameter} was not given`)),
      );
    }
  }
}
