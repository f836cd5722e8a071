// The reference backend, independent of the JavaScript environment. A host allocates the memory of the weights and
// determines the thread that runs the steps.

import { QuireError } from '../../base/errors.ts';
import { checkChoice, checkOptionNames } from '../../base/option-names.ts';
import type { Target } from '../../program/lower.ts';
import type { Weight } from '../../program/program.ts';
import {
  type Backend,
  type Executable,
  type ExecutableRequest,
  type LoadedWeights,
  tensorsOf,
  type WeightSource,
} from '../backend.ts';
import type { ReferenceSetup } from './reference-calls.ts';
import { type CallRunner, ReferenceExecutable } from './reference-executable.ts';
import { ReferenceWeights } from './weights.ts';

export interface ReferenceOptions {
  /**
   * `float` (default): the definition of the operations, with which other backends are compared; `int8`: the arithmetic of
   * the fast backends
   */
  readonly activations?: Target['activations'] | undefined;
}

export interface ReferenceHost {
  /** identifies the JavaScript engine, whose sine and exponential functions the reference uses */
  readonly numerics: string;
  /** Allocates memory that the thread of the steps can read. Throws a `RangeError` if there is not enough memory. */
  allocate(bytes: number): ArrayBufferLike;
  /** Rejects with a `RangeError`, or with an error whose cause is a `RangeError`, if there is not enough memory for the KV blocks. */
  start(setup: ReferenceSetup): Promise<CallRunner>;
}

/** Creates the reference backend on `host`. Throws `bad_option` and `unknown_option`. */
export function referenceOn(host: ReferenceHost, options: ReferenceOptions): Backend {
  checkOptionNames(options, ['activations'], 'reference');
  const { activations = 'float' } = options;
  checkChoice('activations', activations, ['float', 'int8']);
  return {
    name: 'reference',
    target: { activations },
    numerics: host.numerics,
    kvDtype: 'f32',
    loadWeights: (weights, source, onProgress, signal) =>
      loadWeights(host, weights, source, { onProgress, signal }),
    loadAdapter: (_model, weights, source) =>
      loadWeights(host, weights, source, { onProgress: undefined, signal: undefined }),
    createExecutable: (request) => createExecutable(host, request),
  };
}

interface LoadOptions {
  readonly onProgress: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

async function loadWeights(
  host: ReferenceHost,
  weights: readonly Weight[],
  source: WeightSource,
  { onProgress, signal }: LoadOptions,
): Promise<LoadedWeights> {
  const { names, totalBytes } = tensorsOf(weights, source);
  const tensors = new Map<string, ArrayBufferLike>();
  let doneBytes = 0;
  for (const name of names) {
    signal?.throwIfAborted();
    const bytes = allocate(host, source.byteLength(name), name);
    await source.readInto(name, new Uint8Array(bytes));
    tensors.set(name, bytes);
    doneBytes += bytes.byteLength;
    onProgress?.(doneBytes, totalBytes);
  }
  return new ReferenceWeights(tensors, totalBytes);
}

function allocate(host: ReferenceHost, bytes: number, name: string): ArrayBufferLike {
  try {
    return host.allocate(bytes);
  } catch (cause) {
    throw new QuireError(
      'out_of_memory',
      `not enough memory for tensor ${name} of ${bytes} bytes`,
      'close other programs or use a smaller model',
      { cause },
    );
  }
}

async function createExecutable(host: ReferenceHost, request: ExecutableRequest): Promise<Executable> {
  const { tape, layout, blocks, contextLength } = request;
  const { tensors } = ReferenceWeights.of(request.weights);
  const setup = { tape, tensors, layout, blocks, contextLength };
  try {
    return new ReferenceExecutable(await host.start(setup));
  } catch (error) {
    const cause = error instanceof QuireError ? error.cause : error;
    throw cause instanceof RangeError ? kvMemoryError(blocks, error) : error;
  }
}

const kvMemoryError = (blocks: readonly number[], cause: unknown): QuireError =>
  new QuireError(
    'out_of_memory',
    `not enough memory for ${blocks.join(' and ')} KV blocks`,
    'lower the KV memory, or close other programs',
    { cause },
  );
