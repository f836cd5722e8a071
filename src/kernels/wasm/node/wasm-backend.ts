// The WebAssembly backend on Node.

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { QuireError } from '../../../base/errors.ts';
import { PACKAGE_ROOT } from '../../../base/node/package-root.ts';
import { WorkerCalls } from '../../../base/node/worker-calls.ts';
import { omitUndefined } from '../../../base/omit-undefined.ts';
import type { Backend } from '../../backend.ts';
import { compiledError } from '../../compiled/compiled-error.ts';
import type { Limits } from '../../limits.ts';
import type { NamedBackend } from '../../named-backend.ts';
import { REQUIRED_EXPORTS } from '../module-instance.ts';
import {
  measureLimitsOn,
  WASM_OPTIONS,
  WASM_SETS,
  type WasmHost,
  type WasmOptions,
  type WasmSet,
  wasmOn,
} from '../wasm-backend.ts';
import type { WasmCall, WasmThread } from '../wasm-calls.ts';
import { type CompiledModule, hasWebAssembly, webAssembly } from '../web-assembly.ts';

export type { WasmOptions } from '../wasm-backend.ts';

// Node 20 cannot run TypeScript in a worker, so tests and tools that run from source use the compiled worker.
const WORKER = new URL('dist/kernels/wasm/node/worker.js', PACKAGE_ROOT);

const modulePath = (set: WasmSet): string =>
  fileURLToPath(new URL(`native/wasm/${set === 'wasm' ? 'quire' : 'quire-relaxed'}.wasm`, PACKAGE_ROOT));

const INSTALL_HINT = 'install quire-llm again, or compile the kernels in a checkout (npm run build:wasm)';
const NO_WEBASSEMBLY = 'this JavaScript engine has no WebAssembly';

let reason: string | undefined | null = null; // not known yet

/** Returns the reason why the WebAssembly backend cannot run; undefined if it can. Warns of a file that is damaged. */
export function wasmUnavailable(): string | undefined {
  if (reason !== null) return reason;
  const path = modulePath('wasm');
  reason = problemOf(path);
  if (reason !== undefined && hasWebAssembly() && existsSync(path))
    process.emitWarning(reason, 'QuireWarning');
  return reason;
}

/** Returns why a file cannot be used as the WebAssembly module; undefined if it can. */
export function problemOf(path: string): string | undefined {
  if (!hasWebAssembly()) return NO_WEBASSEMBLY;
  if (!existsSync(path)) return `the WebAssembly kernels are not compiled (no ${path})`;
  try {
    if (webAssembly.validate(readFileSync(path))) return undefined;
    return `${path} is no WebAssembly module that this engine can run`;
  } catch (error) {
    return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Creates the WebAssembly backend. Throws `backend_unavailable` if its kernels are not compiled, `bad_option` and
 * `unknown_option`.
 */
export function wasm(options: WasmOptions = {}): Backend {
  const backend = wasmOn(HOST, { instructionSet: requestedSet(), ...omitUndefined(options) });
  const unavailable = wasmUnavailable();
  if (unavailable === undefined) return backend;
  throw new QuireError(
    'backend_unavailable',
    `the wasm backend cannot be loaded: ${unavailable}`,
    hasWebAssembly() ? INSTALL_HINT : 'start Node.js without --jitless',
  );
}

// QUIRE_ISA may also name an instruction set of the native backend.
function requestedSet(): string | undefined {
  const requested = process.env.QUIRE_ISA;
  return WASM_SETS.find((set) => set === requested);
}

/** Measures the peak rates of the machine with WebAssembly for about two seconds. */
export const measureWasmLimits = (options: WasmOptions = {}): Promise<Limits> =>
  measureLimitsOn(HOST, { instructionSet: requestedSet(), ...omitUndefined(options) });

export const WASM_BACKEND: NamedBackend<WasmOptions> = {
  create: wasm,
  options: WASM_OPTIONS,
  limits: 'the wasm backend has other options',
  kvDtype: 'f16',
  unavailable: wasmUnavailable,
};

/** Rejects with `backend_unavailable` if the file is a module of another program. */
export async function compileModule(path: string): Promise<CompiledModule> {
  const module = await webAssembly.compile(await readFile(path));
  const exported = webAssembly.Module.exports(module).map(({ name }) => name);
  if (REQUIRED_EXPORTS.every((name) => exported.includes(name))) return module;
  throw new QuireError(
    'backend_unavailable',
    `${path} does not contain the kernels of this version`,
    INSTALL_HINT,
  );
}

const modules = new Map<WasmSet, Promise<CompiledModule>>();

const HOST: WasmHost = {
  defaultThreads: availableParallelism(),
  machine: `${process.arch} V8 ${process.versions.v8}`,
  compile: (set) => {
    const known = modules.get(set);
    if (known !== undefined) return known;
    const compiling = compileModule(modulePath(set));
    modules.set(set, compiling);
    compiling.catch(() => modules.delete(set));
    return compiling;
  },
  startRunner: (thread) => {
    const calls = new WorkerCalls<WasmCall>(startWorker(thread), (error) => compiledError(error, 'wasm'));
    return {
      call: (call) => calls.call(call),
      end: (reason) => calls.end(reason),
    };
  },
  startLoops: (thread, onFailure) => {
    const worker = startWorker(thread);
    worker.unref();
    let isRunning = false;
    worker.on('online', () => {
      isRunning = true;
    });
    worker.on('error', (error) => {
      if (isRunning) onFailure(Object.assign(error, { code: 'kernels_failed' }));
    });
    return async () => {
      await worker.terminate();
    };
  },
};

// A worker does not inherit the flags of the process: it would not start with `node --input-type=module --eval`.
const startWorker = (thread: WasmThread): Worker => new Worker(WORKER, { workerData: thread, execArgv: [] });
