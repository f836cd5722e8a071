// Variables of a block, over those of the blocks around it, over what the template was given.

import { orElse, type Run, Undefined, type Value } from './values.ts';

export class Frame {
  readonly run: Run;
  readonly #around: Frame | undefined;
  #variables: Map<string, Value> | undefined;

  constructor(run: Run, around?: Frame) {
    this.run = run;
    this.#around = around;
  }

  inner(): Frame {
    return new Frame(this.run, this);
  }

  /** The one around all others. */
  get root(): Frame {
    let frame: Frame = this;
    while (frame.#around !== undefined) frame = frame.#around;
    return frame;
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
      frame = frame.#around;
    }
    return orElse(this.run.names.get(name), () => new Undefined(`${name} is undefined`));
  }
}
