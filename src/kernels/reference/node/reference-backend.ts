// The reference as a backend of Node: weights in shared memory, an executable that is a worker thread.

import { Worker } from 'node:worker_threads';
import { QuireError } from '../../../base/errors.ts';
import { checkChoice, checkOptionNames } from '../../../base/option-names.ts';
import type { StepPlan, StepResult } from '../../../base/step-plan.ts';
import type { Target } from '../../../program/lower.ts';
import type { Weight } from '../../../program/program.ts';
import {
  type Backend,
  type Executable,
  type ExecutableRequest,
  type LoadedWeights,
  tensorsOf,
  type WeightSource,
} from '../../backend.ts';
import type { WorkerAnswer, WorkerCall, WorkerSetup } from '../reference-calls.ts';
import type { StoredTensors } from '../weights.ts';

// Node 20 runs no TypeScript in a worker: from the sources (tests, tools) the compiled worker is started.
const workerUrl = import.meta.url.endsWith('.ts')
  ? new URL('../../../../dist/kernels/reference/node/worker.js', import.meta.url)
  : new URL('./worker.js', import.meta.url);

class ReferenceWeights implements LoadedWeights {
  readonly backend = 'reference';
  readonly tensors: StoredTensors;
  readonly bytes: number;

  constructor(tensors: StoredTensors, bytes: number) {
    this.tensors = tensors;
    this.bytes = bytes;
  }

  dispose(): void {} // shared memory goes when nobody knows it any more
}

export interface ReferenceOptions {
  /** `float`, the default, is the oracle for other implementations, `int8` computes as the fast backends do */
  readonly activations?: Target['activations'] | undefined;
}

/** The definition of every operation, in plain TypeScript. Raises `bad_option` and `unknown_option`. */
export function reference(options: ReferenceOptions = {}): Backend {
  checkOptionNames(options, ['activations'], 'reference');
  const { activations = 'float' } = options;
  checkChoice('activations', activations, ['float', 'int8']);
  const target: Target = { activations };
  const numerics = `V8 ${process.versions.v8}`; // whose sines and exponentials it takes
  return { name: 'reference', target, numerics, kvDtype: 'f32', loadWeights, createExecutable };
}

async function loadWeights(
  weights: readonly Weight[],
  source: WeightSource,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<LoadedWeights> {
  const { names, totalBytes } = tensorsOf(weights, source);
  const tensors = new Map<string, SharedArrayBuffer>();
  let doneBytes = 0;
  for (const name of names) {
    const bytes = allocate(source.byteLength(name), name);
    await source.readInto(name, new Uint8Array(bytes));
    tensors.set(name, bytes);
    doneBytes += bytes.byteLength;
    onProgress?.(doneBytes, totalBytes);
  }
  return new ReferenceWeights(tensors, totalBytes);
}

function allocate(bytes: number, name: string): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch (cause) {
    throw new QuireError(
      'out_of_memory',
      `no memory for tensor ${name} of ${bytes} bytes`,
      'close other programs or use a smaller model',
      { cause },
    );
  }
}

async function createExecutable(request: ExecutableRequest): Promise<Executable> {
  const { tape, layout, blocks, contextLength } = request;
  if (!(request.weights instanceof ReferenceWeights)) throw new TypeError('weights of another backend');
  const setup: WorkerSetup = { tape, tensors: request.weights.tensors, layout, blocks, contextLength };
  // None of the process's own flags: with `node --input-type=module --eval` a worker would not start.
  const executable = new WorkerExecutable(new Worker(workerUrl, { workerData: setup, execArgv: [] }));
  try {
    await executable.ready();
  } catch (cause) {
    if (cause instanceof QuireError && cause.cause instanceof RangeError) throw noKvMemory(blocks, cause);
    throw cause;
  }
  return executable;
}

const noKvMemory = (blocks: number, cause: unknown): QuireError =>
  new QuireError(
    'out_of_memory',
    `no memory for ${blocks} blocks of KV memory`,
    'give less KV memory, or close other programs',
    { cause },
  );

interface Pending {
  resolve(value: unknown): void;
  reject(error: QuireError): void;
}

class WorkerExecutable implements Executable {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #ended: QuireError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref(); // an idle engine does not keep a program alive
    worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    worker.on('error', (error) => this.#end(failure(error)));
    worker.on('exit', () => this.#end(failure(new Error('its thread ended'))));
  }

  /** Settles when the thread has its memory. */
  async ready(): Promise<void> {
    await this.#call({ kind: 'ready' });
  }

  step(plan: StepPlan): Promise<StepResult> {
    return this.#call({ kind: 'step', plan }) as Promise<StepResult>;
  }

  readBlock(group: number, block: number): Promise<Uint8Array> {
    return this.#call({ kind: 'readBlock', group, block }) as Promise<Uint8Array>;
  }

  async writeBlock(group: number, block: number, data: Uint8Array): Promise<void> {
    await this.#call({ kind: 'writeBlock', group, block, data });
  }

  async dispose(): Promise<void> {
    this.#end(new QuireError('disposed', 'the engine was disposed', 'load it again'));
    await this.#worker.terminate();
  }

  #call(call: WorkerCall): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.ref(); // a step under way does
      this.#worker.postMessage({ id, call });
    });
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in answer) pending?.reject(failure(answer.error));
    else pending?.resolve(answer.value);
  }

  #end(reason: QuireError): void {
    this.#ended ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}

const failure = (cause: Error): QuireError =>
  new QuireError('backend_failed', 'the reference backend failed', 'load the engine again', {
    cause,
    detail: cause.message,
  });
