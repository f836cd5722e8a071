// Objects that fail when they are told to: every call of a method is counted, and one of them throws, or rejects where the
// method gives a promise, before or after it did its work.

export const FAULT = 'failed on purpose';

/** `throws`: the call itself; `rejects`: what it promised, without its work; `rejects late`: after its work. */
export type Mode = 'throws' | 'rejects' | 'rejects late';

export interface Arming {
  readonly method: string;
  /** which call of it from now on, from 0 */
  readonly at: number;
  readonly mode: Mode;
}

/** What calls there were, and which of the next ones fails. */
export class Faults {
  /** calls since the last `arm` or `disarm`, by method; with whether it gave a promise */
  readonly calls = new Map<string, { count: number; promised: boolean }>();
  #armed: Arming | undefined;
  /** the armed call came */
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

  /** `target`, whose calls are counted under `name`; functions and getters see `target` itself. */
  wrap<Target extends object>(name: string, target: Target): Target {
    return new Proxy(target, {
      get: (_, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function' || typeof property !== 'string') return value;
        return (...args: unknown[]) => this.#call(`${name}.${property}`, () => value.apply(target, args));
      },
    });
  }

  /** Counts the calls of some methods of all objects of a class, until the function that comes back is called. */
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

  /** Every way in which every method that was called since can fail, at up to `most` of its calls. */
  ways(most: number): Arming[] {
    return [...this.calls].flatMap(([method, { count, promised }]) => {
      const modes: readonly Mode[] = promised ? ['throws', 'rejects', 'rejects late'] : ['throws'];
      const stride = Math.max(1, Math.ceil(count / most));
      const places = Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride);
      return modes.flatMap((mode) => places.map((at) => ({ method, at, mode })));
    });
  }
}
