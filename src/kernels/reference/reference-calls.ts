// The calls of a reference executable as data, so that they can run in the calling thread or in a worker.

import type { KvLayout } from '../../base/model/kv-layout.ts';
import type { StepPlan } from '../../base/step/step-plan.ts';
import type { Tape } from '../../program/tape.ts';
import { runStep } from './run-step.ts';
import type { StepState, StoredAdapter } from './step-state.ts';
import type { StoredTensors } from './weights.ts';

/** The arguments from which a reference executable is created. */
export interface ReferenceSetup {
  readonly tape: Tape;
  readonly tensors: StoredTensors;
  readonly layout: KvLayout;
  readonly blocks: readonly number[];
  readonly contextLength: number;
}

export type ReferenceCall =
  | { readonly kind: 'step'; readonly plan: StepPlan }
  | { readonly kind: 'readBlock'; readonly group: number; readonly block: number }
  | {
      readonly kind: 'writeBlock';
      readonly group: number;
      readonly block: number;
      readonly data: Uint8Array;
    }
  | { readonly kind: 'setAdapter'; readonly slot: number; readonly adapter: StoredAdapter | undefined };

/** Runs a call. Returns the result of the method of `Executable` with the same name. */
export function runCall(state: StepState, call: ReferenceCall): unknown {
  switch (call.kind) {
    case 'step':
      return runStep(state, call.plan);
    case 'readBlock':
      return state.kv[call.group]!.readBlock(call.block);
    case 'writeBlock':
      return state.kv[call.group]!.writeBlock(call.block, call.data);
    case 'setAdapter':
      return state.setAdapter(call.slot, call.adapter);
  }
}
