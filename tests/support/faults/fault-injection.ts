// Objects that fail on purpose: every call of a method is counted, and a chosen call throws, or rejects where the method
// returns a promise, before or after it did its work.

import type { LoadedModel } from '../../../src/engine/load-model.ts';

export const FAULT = 'failed on purpose';

/** `throws`: the call throws; `rejects`: its promise rejects and its work is not done; `rejects late`: after its work. */
export type Mode = 'throws' | 'rejects' | 'rejects late';

export interface Arming {
  readonly method: string;
  /** index of the call that fails, counted from now on, from 0 */
  readonly at: number;
  readonly mode: Mode;
}

/** Counts calls and lets one of them fail. */
export class Faults {
  /** calls since the last `arm` or `disarm`, by method, and whether a promise was returned */
  readonly calls = new Map<string, { count: number; promised: boolean }>();
  #armed: Arming | undefined;
  /** whether the armed call was made */
  struck = false;

  arm(arming: Arming): void {
    this.disarm();
    this.#armed = arming;
  }

  disarm(): void {
    this.#armed = undefined;
    this.struck = false;
    this.calls.clear();
  }

  /** Returns a proxy of `target` whose calls are counted under `name`. Methods and getters run on `target` itself. */
  wrap<Target extends object>(name: string, target: Target): Target {
    return new Proxy(target, {
      get: (_, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function' || typeof property !== 'string') return value;
        return (...args: unknown[]) => this.#call(`${name}.${property}`, () => value.apply(target, args));
      },
    });
  }

  /** Counts the calls of some methods of all objects of a class. Returns a function that restores the methods. */
  patch(name: string, prototype: object, methods: readonly string[]): () => void {
    const faults = this;
    const before = methods.map((method) => [method, Reflect.get(prototype, method) as unknown] as const);
    for (const [method, value] of before) {
      const patched = function (this: unknown, ...args: unknown[]): unknown {
        return faults.#call(`${name}.${method}`, () =>
          (value as (...a: unknown[]) => unknown).apply(this, args),
        );
      };
      Reflect.set(prototype, method, patched);
    }
    return () => {
      for (const [method, value] of before) Reflect.set(prototype, method, value);
    };
  }

  #call(method: string, work: () => unknown): unknown {
    const seen = this.calls.get(method) ?? { count: 0, promised: false };
    this.calls.set(method, seen);
    const at = seen.count++;
    const due = this.#armed?.method === method && this.#armed.at === at;
    if (!due) {
      const result = work();
      if (result instanceof Promise) seen.promised = true;
      return result;
    }
    this.struck = true;
    if (this.#armed?.mode === 'throws') throw new Error(FAULT);
    if (this.#armed?.mode === 'rejects') return Promise.reject(new Error(FAULT));
    return Promise.resolve(work()).then(() => Promise.reject(new Error(FAULT)));
  }

  /** Returns every way in which the methods called so far can fail, at up to `most` calls of each. */
  ways(most: number): Arming[] {
    return [...this.calls].flatMap(([method, { count, promised }]) => {
      const modes: readonly Mode[] = promised ? ['throws', 'rejects', 'rejects late'] : ['throws'];
      const stride = Math.max(1, Math.ceil(count / most));
      const indices = Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride);
      return modes.flatMap((mode) => indices.map((at) => ({ method, at, mode })));
    });
  }
}

/** Returns a model whose tokenizer, template and executable can fail. */
export function faultyModel(model: LoadedModel, faults: Faults): LoadedModel {
  const { backend } = model;
  return {
    ...model,
    tokenizer: faults.wrap('tokenizer', model.tokenizer),
    template: faults.wrap('template', model.template!),
    backend: {
      ...backend,
      createExecutable: async (request) => faults.wrap('executable', await backend.createExecutable(request)),
    },
  };
}
