// The messages between the main thread and the reference's worker. Each call has an id and is answered under the same
// id, in order.

import type { ReferenceCall } from '../reference-calls.ts';

export interface WorkerRequest {
  readonly id: number;
  /** `ready` is answered when the thread has allocated its memory */
  readonly call: ReferenceCall | { readonly kind: 'ready' };
}

export type WorkerAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: Error };
