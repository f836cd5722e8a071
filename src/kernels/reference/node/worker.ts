// The worker thread that runs the steps of the reference backend, so that they do not block the event loop of the
// application.

import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../../base/node/answer-calls.ts';
import { type ReferenceCall, type ReferenceSetup, runCall } from '../reference-calls.ts';
import { StepState } from '../step-state.ts';

/** `ready` is answered when the worker has allocated its memory */
export type ReferenceWorkerCall = ReferenceCall | { readonly kind: 'ready' };

const setup = workerData as ReferenceSetup;
const state = new StepState(setup.tape, setup.tensors, setup.layout, setup.blocks, setup.contextLength);

answerCalls((call: ReferenceWorkerCall) => (call.kind === 'ready' ? undefined : runCall(state, call)));
