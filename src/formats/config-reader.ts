// Reads numbers, flags and names from a checkpoint's configuration in any format. An error names the key of a value that
// is missing, malformed, or would change the model's computation in a way that Quire does not support.

import { QuireError } from '../base/errors.ts';

// Far above any model, and small enough that products of a few sizes are exact.
const MAX_SIZE = 2 ** 31 - 1;

export class ConfigReader {
  /** the file's name in messages */
  readonly source: string;
  readonly #value: (key: string) => unknown;

  /** @param value returns the value of a key, undefined for an absent one */
  constructor(source: string, value: (key: string) => unknown) {
    this.source = source;
    this.#value = value;
  }

  /** Returns the unchecked value; undefined if it is absent or null. */
  raw(key: string): unknown {
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
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_SIZE) {
      if (value <= max) return value;
      throw this.#tooLarge(key, value, max);
    }
    throw this.unsupported(key, 'a whole number of at least 1');
  }

  /** Returns a whole number of at least 0. */
  count(key: string, fallback?: number): number {
    return (this.raw(key) ?? fallback) === 0 ? 0 : this.size(key, fallback);
  }

  /** Like `size`, but returns undefined for an absent key. */
  optionalSize(key: string, max?: number): number | undefined {
    return this.raw(key) === undefined ? undefined : this.size(key, undefined, max);
  }

  /** Returns a finite number above 0. */
  positive(key: string, fallback?: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.unsupported(key, 'a number above 0');
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.unsupported(key, 'true or false');
  }

  /** Returns the entry of `names` whose key is the value. */
  oneOf<Value>(key: string, names: Readonly<Record<string, Value>>, fallback: string): Value {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'string' && Object.hasOwn(names, value)) return names[value] as Value;
    throw this.unsupported(key, Object.keys(names).join(' or '));
  }

  /** Throws unless `key` is absent, null or one of the `accepted` values. */
  only(key: string, ...accepted: readonly unknown[]): void {
    const value = this.raw(key);
    if (value === undefined || accepted.includes(value)) return;
    throw this.unsupported(key, accepted.map((one) => JSON.stringify(one)).join(' or '));
  }

  #tooLarge(key: string, value: number, max: number): QuireError {
    const found =
      this.raw(key) === undefined ? `has no ${key}, which defaults to ${value}` : `has ${key} = ${value}`;
    return new QuireError(
      'unsupported_config',
      `${this.source} ${found}, but its tensors allow at most ${max}`,
      'the file is damaged or belongs to other weights: download the model again',
    );
  }

  /** The error for a value that Quire does not support. @param supported what it supports instead */
  unsupported(key: string, supported: string): QuireError {
    const value = this.raw(key);
    const what = value === undefined ? `has no ${key}` : `has ${key} = ${brief(value)}`;
    const hint = `Quire supports only ${supported} for this key: use another model`;
    return new QuireError('unsupported_config', `${this.source} ${what}`, hint);
  }
}

function brief(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
