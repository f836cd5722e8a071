// The variables of a block. A look-up continues in the enclosing blocks, then in the variables of the rendering.

import { orElse, type RenderState, Undefined, type Value } from '../values/values.ts';

export class Frame {
  readonly state: RenderState;
  readonly #parent: Frame | undefined;
  #variables: Map<string, Value> | undefined;
  #unset: ReadonlySet<string> | undefined;

  constructor(state: RenderState, around?: Frame) {
    this.state = state;
    this.#parent = around;
  }

  child(): Frame {
    return new Frame(this.state, this);
  }

  /** The frame of a block that is not `scoped`: it inherits only the variables set at the top level. */
  get topLevel(): Frame {
    let frame: Frame = this;
    while (frame.#parent !== undefined) frame = frame.#parent;
    const stored = new Frame(this.state);
    stored.#variables = frame.#variables;
    return stored;
  }

  /** Declares names that are undefined until they are set in this frame, whatever the enclosing frames contain. */
  declareUnset(names: ReadonlySet<string>): void {
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
      frame = frame.#parent;
    }
    return orElse(this.state.names.get(name), () => missing(name));
  }
}

const missing = (name: string): Undefined => new Undefined(`${name} is undefined`);
