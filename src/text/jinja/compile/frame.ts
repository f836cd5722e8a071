// Variables of a block, over those of the blocks around it, over what the template was given.

import { orElse, type Run, Undefined, type Value } from '../values/values.ts';

export class Frame {
  readonly run: Run;
  readonly #around: Frame | undefined;
  #variables: Map<string, Value> | undefined;
  #unset: ReadonlySet<string> | undefined;

  constructor(run: Run, around?: Frame) {
    this.run = run;
    this.#around = around;
  }

  inner(): Frame {
    return new Frame(this.run, this);
  }

  /** What a block sees that is not scoped: what the template has stored outside of all blocks, over what it was given. */
  get stored(): Frame {
    let frame: Frame = this;
    while (frame.#around !== undefined) frame = frame.#around;
    const stored = new Frame(this.run);
    stored.#variables = frame.#variables;
    return stored;
  }

  /** These are undefined until they are set here, whatever is around. */
  leaveUnset(names: ReadonlySet<string>): void {
    this.#unset = names;
  }

  set(name: string, value: Value): void {
    this.#variables ??= new Map();
    this.#variables.set(name, value);
  }

  get(name: string): Value {
    let frame: Frame | undefined = this;
    while (frame !== undefined) {
      const value = frame.#variables?.get(name);
      if (value !== undefined) return value;
      if (frame.#unset?.has(name)) return missing(name);
      frame = frame.#around;
    }
    return orElse(this.run.names.get(name), () => missing(name));
  }
}

const missing = (name: string): Undefined => new Undefined(`${name} is undefined`);
