import { describe, expect, it, test } from 'vitest';
import { nativeUnavailable } from '../../kernels/native/node/native-backend.ts';
import { reference } from '../../kernels/reference/node/reference-backend.ts';
import { BACKENDS, type BackendOptions, chooseBackend } from './choose-backend.ts';

const chosen = (options: BackendOptions): string => {
  const { name, target } = chooseBackend(options);
  return `${name} ${target.activations}`;
};

const refused = (option: string | undefined, what: string, hint: RegExp | string) =>
  expect.objectContaining({
    code: 'bad_option',
    message: what,
    hint: hint instanceof RegExp ? expect.stringMatching(hint) : hint,
    ...(option === undefined ? {} : { option }),
  });

test('each name selects the backend of that name', () => {
  for (const name of BACKENDS)
    if (name !== 'native' || nativeUnavailable() === undefined)
      expect(chooseBackend({ backend: name }).name).toBe(name);
});

test('a backend object is used unchanged', () => {
  const made = reference({ activations: 'int8' });
  expect(chooseBackend({ backend: made })).toBe(made);
});

test('a backend object with separate options, another object and an unknown name are rejected', () => {
  expect(() => chooseBackend({ backend: reference(), threads: 2 })).toThrow(
    refused('threads', 'threads is 2', /options of a created backend to its factory/),
  );
  expect(() => chooseBackend({ backend: {} as never })).toThrow(
    refused(undefined, 'backend is neither a name nor a backend object', /native\(\)/),
  );
  expect(() => chooseBackend({ backend: 'metal' as never })).toThrow(
    refused(undefined, 'backend is "metal"', 'use one of native, reference'),
  );
});

test('the reference backend has activations as its only option', () => {
  expect(chosen({ backend: 'reference' })).toBe('reference float');
  expect(chosen({ backend: 'reference', activations: 'int8' })).toBe('reference int8');
  const hint = 'the reference backend has one thread and no instruction sets';
  expect(() => chooseBackend({ backend: 'reference', threads: 2 })).toThrow(
    refused('threads', 'threads is 2', hint),
  );
  expect(() => chooseBackend({ backend: 'reference', instructionSet: 'avx2' })).toThrow(
    refused('instructionSet', 'instructionSet is avx2', hint),
  );
});

test('activations without a backend name select the reference', () => {
  expect(chosen({ activations: 'int8' })).toBe('reference int8');
  expect(() => chooseBackend({ activations: 'int8', threads: 2 })).toThrow(
    refused('threads', 'threads is 2', /^activations selects the reference backend, and /),
  );
});

describe.skipIf(nativeUnavailable() !== undefined)('the native backend, if it was built', () => {
  it('is the default', () => {
    expect(chosen({})).toBe('native int8');
    expect(chosen({ threads: 1, instructionSet: 'plain' })).toBe('native int8');
  });

  it('quantizes activations and rejects float', () => {
    expect(chosen({ backend: 'native', activations: 'int8' })).toBe('native int8');
    expect(() => chooseBackend({ backend: 'native', activations: 'float' })).toThrow(
      refused('activations', 'activations is float', /quantizes activations when weights are quantized/),
    );
  });

  it('checks its own options', () => {
    expect(() => chooseBackend({ backend: 'native', threads: 0 })).toThrow(
      refused(undefined, 'threads is 0', /from 1 to 256/),
    );
  });
});
