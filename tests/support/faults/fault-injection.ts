// Makes calls of methods fail, for tests of error handling. The calls of each method are counted. A selected call throws, or
// its promise rejects, before or after the method has run.

import type { LoadedModel } from '../../../src/engine/load-model.ts';

export const FAULT = 'failed on purpose';

/**
 * How a call fails. `throws`: the method does not run, and the call throws. `rejects`: the method does not run, and the
 * promise rejects. `rejects late`: the method runs, and then the promise rejects.
 */
export type FaultMode = 'throws' | 'rejects' | 'rejects late';

export interface PlannedFault {
  readonly method: string;
  /** index of the call that fails; the next call has the index 0 */
  readonly callIndex: number;
  readonly mode: FaultMode;
}

/** Counts calls and makes one of them fail. */
export class Faults {
  /** by method: number of calls since the last `arm` or `disarm`, and whether the method returned a promise */
  readonly calls = new Map<string, { count: number; returnsPromise: boolean }>();
  #planned: PlannedFault | undefined;
  /** whether the planned fault has occurred */
  hasOccurred = false;

  /** Makes a later call fail. */
  arm(planned: PlannedFault): void {
    this.disarm();
    this.#planned = planned;
  }

  /** Cancels the planned fault and resets the counts. */
  disarm(): void {
    this.#planned = undefined;
    this.hasOccurred = false;
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
    const originals = methods.map((method) => [method, Reflect.get(prototype, method) as unknown] as const);
    for (const [method, value] of originals) {
      const patched = function (this: unknown, ...args: unknown[]): unknown {
        return faults.#call(`${name}.${method}`, () =>
          (value as (...parameters: unknown[]) => unknown).apply(this, args),
        );
      };
      Reflect.set(prototype, method, patched);
    }
    return () => {
      for (const [method, value] of originals) Reflect.set(prototype, method, value);
    };
  }

  #call(method: string, work: () => unknown): unknown {
    const calls = this.calls.get(method) ?? { count: 0, returnsPromise: false };
    this.calls.set(method, calls);
    const callIndex = calls.count++;
    const mustFail = this.#planned?.method === method && this.#planned.callIndex === callIndex;
    if (!mustFail) {
      const result = work();
      if (result instanceof Promise) calls.returnsPromise = true;
      return result;
    }
    this.hasOccurred = true;
    if (this.#planned?.mode === 'throws') throw new Error(FAULT);
    if (this.#planned?.mode === 'rejects') return Promise.reject(new Error(FAULT));
    return Promise.resolve(work()).then(() => Promise.reject(new Error(FAULT)));
  }

  /** Returns the possible faults of the methods called so far, for at most `maxCalls` calls of each method. */
  possibleFaults(maxCalls: number): PlannedFault[] {
    return [...this.calls].flatMap(([method, { count, returnsPromise }]) => {
      const modes: readonly FaultMode[] = returnsPromise ? ['throws', 'rejects', 'rejects late'] : ['throws'];
      const stride = Math.max(1, Math.ceil(count / maxCalls));
      const indexes = Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride);
      return modes.flatMap((mode) => indexes.map((callIndex) => ({ method, callIndex, mode })));
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
