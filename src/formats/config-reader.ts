// Reads numbers, flags and names out of a checkpoint's configuration, whatever its format, and refuses by
// name what is missing, malformed, or would change what the model computes in a way that Quire does not know.

import { QuireError } from '../base/errors.ts';

// Far above any model: keeps products of a few sizes exact.
const MAX_SIZE = 2 ** 31 - 1;

export class ConfigReader {
  /** names the file in messages */
  readonly source: string;
  readonly #value: (key: string) => unknown;

  /** @param value looks a key up; undefined or null where it is absent */
  constructor(source: string, value: (key: string) => unknown) {
    this.source = source;
    this.#value = value;
  }

  /** The value as it stands; undefined where it is absent or null. */
  raw(key: string): unknown {
    return this.#value(key) ?? undefined;
  }

  /** Whether the key is there, be it with null. */
  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  /**
   * A whole number of at least 1.
   * @param otherwise where it is absent
   * @param most the largest that the tensors of the file bear out
   */
  size(key: string, otherwise?: number, most = MAX_SIZE): number {
    const value = this.raw(key) ?? otherwise;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_SIZE) {
      if (value <= most) return value;
      throw this.#tooLarge(key, value, most);
    }
    throw this.unsupported(key, 'a whole number of at least 1');
  }

  /** A whole number of at least 0. */
  count(key: string, otherwise?: number): number {
    return (this.raw(key) ?? otherwise) === 0 ? 0 : this.size(key, otherwise);
  }

  /** As `size`, but undefined where it is absent. */
  sizeIfThere(key: string, most?: number): number | undefined {
    return this.raw(key) === undefined ? undefined : this.size(key, undefined, most);
  }

  /** A finite number above 0. */
  positive(key: string, otherwise?: number): number {
    const value = this.raw(key) ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.unsupported(key, 'a number above 0');
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.raw(key) ?? otherwise;
    if (typeof value === 'boolean') return value;
    throw this.unsupported(key, 'true or false');
  }

  /** One of the keys of `names`, translated. */
  oneOf<Value>(key: string, names: Readonly<Record<string, Value>>, otherwise: string): Value {
    const value = this.raw(key) ?? otherwise;
    if (typeof value === 'string' && Object.hasOwn(names, value)) return names[value] as Value;
    throw this.unsupported(key, Object.keys(names).join(' or '));
  }

  /** Refuses any value of `key` but these; absent is fine. */
  only(key: string, ...accepted: readonly unknown[]): void {
    const value = this.raw(key);
    if (value === undefined || accepted.includes(value)) return;
    throw this.unsupported(key, accepted.map((one) => JSON.stringify(one)).join(' or '));
  }

  #tooLarge(key: string, value: number, most: number): QuireError {
    const said = this.raw(key) === undefined ? `lacks ${key}, which means ${value}` : `has ${key} = ${value}`;
    return new QuireError(
      'unsupported_config',
      `${this.source} ${said}; the tensors of the model allow ${most} at most`,
      'the file is damaged, or belongs to other weights: get the model again',
    );
  }

  unsupported(key: string, wanted: string): QuireError {
    const value = this.raw(key);
    const what = value === undefined ? `lacks ${key}` : `has ${key} = ${brief(value)}`;
    const hint = `Quire supports ${wanted} there: use another model`;
    return new QuireError('unsupported_config', `${this.source} ${what}`, hint);
  }
}

function brief(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
