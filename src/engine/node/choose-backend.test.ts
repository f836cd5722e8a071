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

test('each name has a backend of that name', () => {
  for (const name of BACKENDS)
    if (name !== 'native' || nativeUnavailable() === undefined)
      expect(chooseBackend({ backend: name }).name).toBe(name);
});

test('a backend that is made is taken as it is', () => {
  const made = reference({ activations: 'int8' });
  expect(chooseBackend({ backend: made })).toBe(made);
});

test('what is made takes its options from its factory, and what is none is refused', () => {
  expect(() => chooseBackend({ backend: reference(), threads: 2 })).toThrow(
    refused('threads', 'threads is 2', /give them to its factory/),
  );
  expect(() => chooseBackend({ backend: {} as never })).toThrow(
    refused(undefined, 'backend is not a backend', /native\(\)/),
  );
  expect(() => chooseBackend({ backend: 'metal' as never })).toThrow(
    refused(undefined, 'backend is "metal"', 'use one of native, reference'),
  );
});

test('the reference has activations and nothing else', () => {
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

test('activations without a name ask for the reference', () => {
  expect(chosen({ activations: 'int8' })).toBe('reference int8');
  expect(() => chooseBackend({ activations: 'int8', threads: 2 })).toThrow(
    refused('threads', 'threads is 2', /^activations asks for the reference backend, and /),
  );
});

describe.skipIf(nativeUnavailable() !== undefined)('where the native backend was built', () => {
  it('is the default', () => {
    expect(chosen({})).toBe('native int8');
    expect(chosen({ threads: 1, instructionSet: 'plain' })).toBe('native int8');
  });

  it('quantizes activations and leaves no other choice', () => {
    expect(chosen({ backend: 'native', activations: 'int8' })).toBe('native int8');
    expect(() => chooseBackend({ backend: 'native', activations: 'float' })).toThrow(
      refused('activations', 'activations is float', /quantizes activations when weights are quantized/),
    );
  });

  it('checks what it is given itself', () => {
    expect(() => chooseBackend({ backend: 'native', threads: 0 })).toThrow(
      refused(undefined, 'threads is 0', /from 1 to 256/),
    );
  });
});
