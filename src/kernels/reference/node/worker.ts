// The thread that the reference steps in, so that the event loop of the application stays free.

import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerAnswer, WorkerCall, WorkerRequest, WorkerSetup } from '../reference-calls.ts';
import { runStep } from '../run-step.ts';
import { StepState } from '../step-state.ts';

const setup = workerData as WorkerSetup;
const state = new StepState(setup.tape, setup.tensors, setup.layout, setup.blocks, setup.contextLength);

function answer(call: WorkerCall): unknown {
  switch (call.kind) {
    case 'ready':
      return undefined; // the memory above was had
    case 'step':
      return runStep(state, call.plan);
    case 'readBlock':
      return state.kv[call.group]!.readBlock(call.block);
    case 'writeBlock':
      return state.kv[call.group]!.writeBlock(call.block, call.data);
  }
}

parentPort!.on('message', ({ id, call }: WorkerRequest) => {
  let reply: WorkerAnswer;
  try {
    reply = { id, value: answer(call) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort!.postMessage(reply);
});
