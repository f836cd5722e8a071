// What the main thread and the reference's worker say to each other. Calls carry an id and are answered
// under the same id, in order.

import type { ReferenceCall } from '../reference-calls.ts';

export interface WorkerRequest {
  readonly id: number;
  /** `ready` is answered when the thread has its memory */
  readonly call: ReferenceCall | { readonly kind: 'ready' };
}

export type WorkerAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: Error };
