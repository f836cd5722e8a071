// Parsers of option values. If any part of the text is invalid, a parser throws an error that states the valid form. For
// options that may be repeated, an `append` function adds the new value to the previous values.

import { InvalidArgumentError } from 'commander';

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Use a number');
  return value;
}

export function parseInteger(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('Use a whole number');
  return value;
}

export function parsePositiveInteger(text: string): number {
  const value = parseInteger(text);
  if (value < 1) throw new InvalidArgumentError('Use a whole number of at least 1');
  return value;
}

export function parsePort(text: string): number {
  const value = parseInteger(text);
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
  TB: 1e12,
  TIB: 2 ** 40,
};

/** Parses a size, such as `512MiB`, `2GiB`, `1.5 GB` or a plain number of bytes. Returns bytes. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = match === null ? undefined : UNITS[match[2]!.toUpperCase()];
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError('Use a size such as 512MiB or 2GiB');
  }
  return Math.floor(Number(match[1]) * unit);
}

/** Paths of adapters by name. */
export type AdapterPaths = Readonly<Record<string, string>>;

/** Parses `NAME=PATH`. Names have no `=`, spaces, colons or slashes, so that a path without a name is noticed. */
export function appendAdapter(text: string, previous: AdapterPaths = {}): AdapterPaths {
  const [, name, path] = /^([^\s=:/\\]{1,128})=(.+)$/s.exec(text) ?? [];
  if (name === undefined || path === undefined)
    throw new InvalidArgumentError('Use NAME=PATH, with a name without spaces, colons and slashes');
  if (Object.hasOwn(previous, name)) throw new InvalidArgumentError(`Two adapters are called ${name}`);
  return { ...previous, [name]: path };
}

export function appendText(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

export function appendTokenId(text: string, previous: readonly number[] = []): readonly number[] {
  return [...previous, parseInteger(text)];
}

const TOKEN_IDS = /^\s*\d+\s*(,\s*\d+\s*)*$/;

/** Adds a list of token ids, which are separated by commas. */
export function appendTokenIdList(
  text: string,
  previous: readonly (readonly number[])[] = [],
): readonly (readonly number[])[] {
  if (!TOKEN_IDS.test(text))
    throw new InvalidArgumentError('Use comma-separated token ids, such as 42 or 42,7');
  return [...previous, parseIntegers(text)];
}

/** Adds a pair of token id and bias, which is written as `ID=VALUE`. */
export function appendTokenBias(
  text: string,
  previous: readonly (readonly [number, number])[] = [],
): readonly (readonly [number, number])[] {
  const [, id, bias] = /^(\d+)=(.*)$/.exec(text) ?? [];
  if (id === undefined || bias === undefined) throw new InvalidArgumentError('Use ID=VALUE, such as 42=-5');
  return [...previous, [parseInteger(id), parseNumber(bias)]];
}

/** Parses whole numbers that are separated by commas, such as `16,64,256`. */
export function parseIntegers(text: string): readonly number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!values.every(Number.isSafeInteger))
    throw new InvalidArgumentError('Use whole numbers that are separated by commas, such as 16,64');
  return values;
}
