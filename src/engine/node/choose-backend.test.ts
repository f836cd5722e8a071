import { describe, expect, it, test } from 'vitest';
import { nativeUnavailable } from '../../kernels/native/node/native-backend.ts';
import { reference } from '../../kernels/reference/node/reference-backend.ts';
import { wasmUnavailable } from '../../kernels/wasm/node/wasm-backend.ts';
import { BACKENDS, type BackendName, type BackendOptions, chooseBackend } from './choose-backend.ts';

const chosenBackend = (options: BackendOptions): string => {
  const { name, target } = chooseBackend(options);
  return `${name} ${target.activations}`;
};

const badOption = (option: string | undefined, message: string, hint: RegExp | string) =>
  expect.objectContaining({
    code: 'bad_option',
    message,
    hint: hint instanceof RegExp ? expect.stringMatching(hint) : hint,
    ...(option === undefined ? {} : { option }),
  });

test('chooseBackend returns the backend with the given name', () => {
  const unavailable: Partial<Record<BackendName, () => string | undefined>> = {
    native: nativeUnavailable,
    wasm: wasmUnavailable,
  };
  for (const name of BACKENDS)
    if (unavailable[name]?.() === undefined) expect(chooseBackend({ backend: name }).name).toBe(name);
});

test('chooseBackend returns a backend object unchanged', () => {
  const backend = reference({ activations: 'int8' });
  expect(chooseBackend({ backend })).toBe(backend);
});

test('chooseBackend rejects options beside a backend object, an object that is not a backend, and an unknown name', () => {
  expect(() => chooseBackend({ backend: reference(), threads: 2 })).toThrow(
    badOption('threads', 'threads is 2', /options of a created backend to its factory/),
  );
  expect(() => chooseBackend({ backend: {} as never })).toThrow(
    badOption(undefined, 'backend is neither a name nor a backend object', /native\(\)/),
  );
  expect(() => chooseBackend({ backend: 'metal' as never })).toThrow(
    badOption(undefined, 'backend is "metal"', 'use one of native, wasm, reference'),
  );
});

test('the reference backend accepts only the option `activations`', () => {
  expect(chosenBackend({ backend: 'reference' })).toBe('reference float');
  expect(chosenBackend({ backend: 'reference', activations: 'int8' })).toBe('reference int8');
  const hint = 'the reference backend has one thread and no instruction sets';
  expect(() => chooseBackend({ backend: 'reference', threads: 2 })).toThrow(
    badOption('threads', 'threads is 2', hint),
  );
  expect(() => chooseBackend({ backend: 'reference', instructionSet: 'avx2' })).toThrow(
    badOption('instructionSet', 'instructionSet is avx2', hint),
  );
});

test('chooseBackend selects the reference backend if only `activations` is given', () => {
  expect(chosenBackend({ activations: 'int8' })).toBe('reference int8');
  expect(() => chooseBackend({ activations: 'int8', threads: 2 })).toThrow(
    badOption('threads', 'threads is 2', /^activations selects the reference backend, and /),
  );
});

describe.skipIf(nativeUnavailable() !== undefined)('the native backend, if it is built', () => {
  it('is the default', () => {
    expect(chosenBackend({})).toBe('native int8');
    expect(chosenBackend({ threads: 1, instructionSet: 'plain' })).toBe('native int8');
  });

  it('quantizes activations, and rejects `activations: float`', () => {
    expect(chosenBackend({ backend: 'native', activations: 'int8' })).toBe('native int8');
    expect(() => chooseBackend({ backend: 'native', activations: 'float' })).toThrow(
      badOption('activations', 'activations is float', /quantizes activations if the weights are quantized/),
    );
  });

  it('rejects a number of threads that is out of range', () => {
    expect(() => chooseBackend({ backend: 'native', threads: 0 })).toThrow(
      badOption(undefined, 'threads is 0', /from 1 to 256/),
    );
  });
});
