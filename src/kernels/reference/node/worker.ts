// The worker thread that runs the steps of the reference backend, so that they do not block the event loop of the
// application.

import { parentPort, workerData } from 'node:worker_threads';
import { type ReferenceSetup, runCall } from '../reference-calls.ts';
import { StepState } from '../step-state.ts';
import type { WorkerReply, WorkerRequest } from './worker-messages.ts';

const setup = workerData as ReferenceSetup;
const state = new StepState(setup.tape, setup.tensors, setup.layout, setup.blocks, setup.contextLength);

parentPort!.on('message', ({ id, call }: WorkerRequest) => {
  let reply: WorkerReply;
  try {
    reply = { id, value: call.kind === 'ready' ? undefined : runCall(state, call) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort!.postMessage(reply);
});
