// The side of a worker thread that answers calls.

import { parentPort } from 'node:worker_threads';
import type { WorkerReply, WorkerRequest } from './worker-calls.ts';

/** Answers each call with the result or the error of `run`. Must be called in a worker. */
export function answerCalls<Call>(run: (call: Call) => unknown): void {
  parentPort!.on('message', ({ id, call }: WorkerRequest<Call>) => {
    parentPort!.postMessage(reply(id, call, run));
  });
}

function reply<Call>(id: number, call: Call, run: (call: Call) => unknown): WorkerReply {
  try {
    return { id, value: run(call) };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { code } = error as { code?: unknown }; // a copy of an error has no further properties
    return typeof code === 'string' ? { id, error, code } : { id, error };
  }
}
