// Reads numbers, flags and names from a checkpoint's configuration in any format. If a value is missing or malformed,
// or requires a computation that Quire does not support, the error names its key.

import { QuireError } from '../base/errors.ts';

// Far above the sizes of any model, and small enough that products of a few sizes are exact.
const MAX_SIZE = 2 ** 31 - 1;

export class ConfigReader {
  /** the file's name in messages */
  readonly source: string;
  readonly #value: (key: string) => unknown;

  /** @param value returns the value of a key; undefined if the key is absent */
  constructor(source: string, value: (key: string) => unknown) {
    this.source = source;
    this.#value = value;
  }

  /** Returns the unchecked value; undefined if it is absent or null. */
  rawValue(key: string): unknown {
    return this.#value(key) ?? undefined;
  }

  /** Whether the key is present, even with a value of null. */
  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  /**
   * Returns a whole number of at least 1.
   * @param fallback the value of an absent key
   * @param max the largest value that is consistent with the tensors of the file
   */
  size(key: string, fallback?: number, max = MAX_SIZE): number {
    const value = this.rawValue(key) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_SIZE) {
      if (value <= max) return value;
      throw this.#tooLargeError(key, value, max);
    }
    throw this.unsupportedError(key, 'a whole number of at least 1');
  }

  /** Returns a whole number of at least 0. */
  count(key: string, fallback?: number): number {
    return (this.rawValue(key) ?? fallback) === 0 ? 0 : this.size(key, fallback);
  }

  /** Like `size`, but returns undefined for an absent key. */
  optionalSize(key: string, max?: number): number | undefined {
    return this.rawValue(key) === undefined ? undefined : this.size(key, undefined, max);
  }

  /** Returns a finite number above 0. */
  positiveNumber(key: string, fallback?: number): number {
    const value = this.rawValue(key) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.unsupportedError(key, 'a number above 0');
  }

  /** Returns a list of `length` finite numbers above 0. */
  positiveNumbers(key: string, length: number): readonly number[] {
    const values = this.rawValue(key);
    const isPositive = (value: unknown): value is number =>
      typeof value === 'number' && Number.isFinite(value) && value > 0;
    if (Array.isArray(values) && values.length === length && values.every(isPositive)) return values;
    throw this.unsupportedError(key, `a list of ${length} numbers above 0`);
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.rawValue(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.unsupportedError(key, 'true or false');
  }

  /** Returns the entry of `choices` that the value of `key` names. */
  oneOf<Value>(key: string, choices: Readonly<Record<string, Value>>, fallback: string): Value {
    const value = this.rawValue(key) ?? fallback;
    if (typeof value === 'string' && Object.hasOwn(choices, value)) return choices[value] as Value;
    throw this.unsupportedError(key, Object.keys(choices).join(' or '));
  }

  /** Throws unless `key` is absent, null or one of the `accepted` values. */
  acceptOnly(key: string, ...accepted: readonly unknown[]): void {
    const value = this.rawValue(key);
    if (value === undefined || accepted.includes(value)) return;
    throw this.unsupportedError(key, accepted.map((choice) => JSON.stringify(choice)).join(' or '));
  }

  #tooLargeError(key: string, value: number, max: number): QuireError {
    const statement =
      this.rawValue(key) === undefined
        ? `has no ${key}, which defaults to ${value}`
        : `has ${key} = ${value}`;
    return new QuireError(
      'unsupported_config',
      `${this.source} ${statement}, but its tensors allow at most ${max}`,
      'the file is damaged or belongs to other weights: download the model again',
    );
  }

  /** Returns the error for a value that Quire does not support. @param supported the supported values */
  unsupportedError(key: string, supported: string): QuireError {
    const value = this.rawValue(key);
    const message = value === undefined ? `has no ${key}` : `has ${key} = ${abbreviate(value)}`;
    const hint = `Quire supports only ${supported} for this key: use another model`;
    return new QuireError('unsupported_config', `${this.source} ${message}`, hint);
  }
}

function abbreviate(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
