// The messages between the main thread and the worker of the reference backend. Calls are answered in order; the reply has
// the id of the call.

import type { ReferenceCall } from '../reference-calls.ts';

export interface WorkerRequest {
  readonly id: number;
  /** `ready` is answered when the worker has allocated its memory */
  readonly call: ReferenceCall | { readonly kind: 'ready' };
}

export type WorkerReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: Error };
