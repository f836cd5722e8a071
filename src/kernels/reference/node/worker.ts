// The worker thread that runs the reference's steps, so that the application's event loop stays free.

import { parentPort, workerData } from 'node:worker_threads';
import { type ReferenceSetup, runCall } from '../reference-calls.ts';
import { StepState } from '../step-state.ts';
import type { WorkerAnswer, WorkerRequest } from './worker-messages.ts';

const setup = workerData as ReferenceSetup;
const state = new StepState(setup.tape, setup.tensors, setup.layout, setup.blocks, setup.contextLength);

parentPort!.on('message', ({ id, call }: WorkerRequest) => {
  let reply: WorkerAnswer;
  try {
    reply = { id, value: call.kind === 'ready' ? undefined : runCall(state, call) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort!.postMessage(reply);
});
