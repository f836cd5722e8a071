// What an executable of the reference is asked for, as data: the same whether it is done in this thread or sent to
// another one.

import type { KvLayout } from '../../base/model/kv-layout.ts';
import type { StepPlan } from '../../base/step/step-plan.ts';
import type { Tape } from '../../program/tape.ts';
import { runStep } from './run-step.ts';
import type { StepState } from './step-state.ts';
import type { StoredTensors } from './weights.ts';

/** What an executable is made of. */
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
    };

/** The answer of each call is that of the method of an executable that has its name. */
export function runCall(state: StepState, call: ReferenceCall): unknown {
  switch (call.kind) {
    case 'step':
      return runStep(state, call.plan);
    case 'readBlock':
      return state.kv[call.group]!.readBlock(call.block);
    case 'writeBlock':
      return state.kv[call.group]!.writeBlock(call.block, call.data);
  }
}
