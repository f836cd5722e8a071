// What the main thread and the reference's worker say to each other. Calls carry an id and are answered
// under the same id, in order.

import type { KvLayout } from '../../base/kv-layout.ts';
import type { StepPlan } from '../../base/step-plan.ts';
import type { Tape } from '../../program/tape.ts';
import type { StoredTensors } from './weights.ts';

export interface WorkerSetup {
  readonly tape: Tape;
  readonly tensors: StoredTensors;
  readonly layout: KvLayout;
  readonly blocks: number;
  readonly contextLength: number;
}

export type WorkerCall =
  | { kind: 'ready' }
  | { kind: 'step'; plan: StepPlan }
  | { kind: 'readBlock'; group: number; block: number }
  | { kind: 'writeBlock'; group: number; block: number; data: Uint8Array };

export interface WorkerRequest {
  readonly id: number;
  readonly call: WorkerCall;
}

export type WorkerAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: Error };
