// The variables of a block. A look-up continues in the enclosing blocks, then in the variables of the rendering.

import { defaultIfUndefined, type RenderState, Undefined, type Value } from '../values/values.ts';

export class Frame {
  readonly state: RenderState;
  readonly #parent: Frame | undefined;
  #variables: Map<string, Value> | undefined;
  #undefinedNames: ReadonlySet<string> | undefined;

  constructor(state: RenderState, parent?: Frame) {
    this.state = state;
    this.#parent = parent;
  }

  child(): Frame {
    return new Frame(this.state, this);
  }

  /** The parent frame for a block that is not `scoped`: it contains only the variables set at the top level. */
  get topLevel(): Frame {
    let frame: Frame = this;
    while (frame.#parent !== undefined) frame = frame.#parent;
    const copy = new Frame(this.state);
    copy.#variables = frame.#variables;
    return copy;
  }

  /** Declares names that are undefined until they are set in this frame, even if enclosing frames contain them. */
  declareUndefined(names: ReadonlySet<string>): void {
    this.#undefinedNames = names;
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
      if (frame.#undefinedNames?.has(name)) return createUndefined(name);
      frame = frame.#parent;
    }
    return defaultIfUndefined(this.state.names.get(name), () => createUndefined(name));
  }
}

const createUndefined = (name: string): Undefined => new Undefined(`${name} is undefined`);
