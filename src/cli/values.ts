// Parsers of option values. Each parser accepts the whole text, or throws an error that states the valid form.

import { InvalidArgumentError } from 'commander';

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Use a number');
  return value;
}

export function integer(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('Use a whole number');
  return value;
}

export function atLeastOne(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError('Use a whole number of at least 1');
  return value;
}

export function port(text: string): number {
  const value = integer(text);
  if (value < 0 || value > 65_535) throw new InvalidArgumentError('Use a port from 0 to 65535');
  return value;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** Bytes: `512MiB`, `2GiB`, `1.5 GB`, or a plain number. */
export function size(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = match === null ? undefined : UNITS[match[2]!.toUpperCase()];
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError('Use a size such as 512MiB or 2GiB');
  }
  return Math.floor(Number(match[1]) * unit);
}

/** Collects an option that may be repeated. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Collects token ids. */
export function repeatedId(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, integer(text)];
}

const IDS = /^\s*\d+\s*(,\s*\d+\s*)*$/;

/** Collects sequences of token ids. The ids of a sequence are separated by commas. */
export function repeatedIds(
  text: string,
  before: readonly (readonly number[])[] = [],
): readonly (readonly number[])[] {
  if (!IDS.test(text))
    throw new InvalidArgumentError('Use token ids with commas between them, such as 42 or 42,7');
  return [...before, integers(text)];
}

/** Collects the biases of tokens, each written `ID=VALUE`, as pairs. */
export function tokenBias(
  text: string,
  before: readonly (readonly [number, number])[] = [],
): readonly (readonly [number, number])[] {
  const [, id, bias] = /^(\d+)=(.*)$/.exec(text) ?? [];
  if (id === undefined || bias === undefined) throw new InvalidArgumentError('Use ID=VALUE, such as 42=-5');
  return [...before, [integer(id), number(bias)]];
}

/** Whole numbers with commas between them: `16,64,256`. */
export function integers(text: string): readonly number[] {
  return text.split(',').map(integer);
}
