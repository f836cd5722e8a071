// A thread of the WebAssembly backend.

import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../../base/node/answer-calls.ts';
import { runLoops, type WasmCall, WasmRunner, type WasmThread } from '../wasm-calls.ts';

const thread = workerData as WasmThread;

if (thread.thread === 0) {
  const runner = new WasmRunner(thread);
  answerCalls((call: WasmCall) => runner.run(call));
} else runLoops(thread);
