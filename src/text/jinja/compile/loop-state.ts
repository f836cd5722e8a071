// The variable `loop` inside a `for`.

import { raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import { isEqual } from '../values/compare.ts';
import {
  type Arguments,
  AttributeObject,
  defaultIfUndefined,
  NativeFunction,
  type RenderState,
  Tuple,
  Undefined,
  type Value,
} from '../values/values.ts';

/** Runs the loop recursively with other items. */
export type RecursiveLoop = (items: Value, depth: number) => Value | Paused<Value>;

export class LoopState extends AttributeObject {
  readonly type = 'LoopContext';
  index = 0;
  readonly #items: readonly Value[];
  readonly #depth: number;
  readonly #recurse: RecursiveLoop | undefined;
  // The arguments of the last call of `loop.changed`.
  #lastChanged: Tuple | undefined;

  constructor(items: readonly Value[], depth: number, recurse: RecursiveLoop | undefined) {
    super();
    this.#items = items;
    this.#depth = depth;
    this.#recurse = recurse;
  }

  override get length(): number {
    return this.#items.length;
  }

  override items(): readonly Value[] {
    return this.#items.slice(this.index + 1);
  }

  override describe(): string {
    return `<LoopContext ${this.index + 1}/${this.length}>`;
  }

  attribute(name: string): Value | undefined {
    const remaining = this.length - this.index;
    switch (name) {
      case 'index':
        return this.index + 1;
      case 'index0':
        return this.index;
      case 'revindex':
        return remaining;
      case 'revindex0':
        return remaining - 1;
      case 'first':
        return this.index === 0;
      case 'last':
        return remaining === 1;
      case 'length':
        return this.length;
      case 'depth':
        return this.#depth + 1;
      case 'depth0':
        return this.#depth;
      case 'previtem':
        return defaultIfUndefined(
          this.#items[this.index - 1],
          () => new Undefined('there is no previous item'),
        );
      case 'nextitem':
        return defaultIfUndefined(this.#items[this.index + 1], () => new Undefined('there is no next item'));
      case 'cycle':
        return new NativeFunction(({ positional }) => this.#cycle(positional), 'method');
      case 'changed':
        return new NativeFunction((args, state) => this.#isChanged(args, state), 'method');
      default:
        return undefined;
    }
  }

  call({ positional, named }: Arguments): Value | Paused<Value> {
    const [items] = positional;
    if (this.#recurse === undefined) raise('TypeError', 'only a loop marked recursive can be called');
    if (items === undefined || positional.length > 1 || named.size > 0)
      raise('TypeError', 'loop() needs one argument, the items');
    return this.#recurse(items, this.#depth + 1);
  }

  #cycle(choices: readonly Value[]): Value {
    const choice = choices[this.index % choices.length];
    if (choice === undefined) raise('TypeError', 'no items for cycling given');
    return choice;
  }

  #isChanged({ positional }: Arguments, state: RenderState): boolean {
    const values = new Tuple(positional);
    if (this.#lastChanged !== undefined && isEqual(this.#lastChanged, values, state)) return false;
    this.#lastChanged = values;
    return true;
  }
}
