// Variables of a block, over those of the blocks around it, over what the template was given.

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

  /** What a block sees that is not scoped: what the template has stored outside of all blocks, over what it was given. */
  get topLevel(): Frame {
    let frame: Frame = this;
    while (frame.#parent !== undefined) frame = frame.#parent;
    const stored = new Frame(this.state);
    stored.#variables = frame.#variables;
    return stored;
  }

  /** These are undefined until they are set here, whatever is around. */
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
