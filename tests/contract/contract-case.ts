// Creates contract cases. Each case is a small program that tests one operation, the plans of its steps, and the logits that
// the reference backend computes for the lowered program.

import { byteLength, DTYPES, type DtypeName } from '../../src/base/model/dtypes.ts';
import type { KvDtype, KvGroup, KvLayout } from '../../src/base/model/kv-layout.ts';
import type { RopeConfig, TensorInfo } from '../../src/base/model/model-file.ts';
import type { StepPlan, StepResult } from '../../src/base/step/step-plan.ts';
import { runStep } from '../../src/kernels/reference/run-step.ts';
import { StepState } from '../../src/kernels/reference/step-state.ts';
import type { StoredTensors } from '../../src/kernels/reference/weights.ts';
import { RandomBlocks } from '../../src/models/synthetic/random-blocks.ts';
import { ProgramBuilder } from '../../src/program/builder.ts';
import { fuse } from '../../src/program/fuse.ts';
import { addLoraTargets, type LoraMatrices, loraTargetsOf } from '../../src/program/lora.ts';
import { lower } from '../../src/program/lower.ts';
import type { Operation } from '../../src/program/operations.ts';
import type { Program, ValueId, Weight } from '../../src/program/program.ts';
import { emitTape, type Tape } from '../../src/program/tape.ts';
import { planOf, type SequencePart } from '../support/models/step-plans.ts';
import { randomInteger, randomNumbers, shuffledIndexes } from '../support/random.ts';

export interface ContractCase {
  readonly name: string;
  readonly tape: Tape;
  readonly tensors: StoredTensors;
  readonly layout: KvLayout;
  readonly blocks: readonly number[];
  readonly contextLength: number;
  /** by slot; their tensors are in `tensors` */
  readonly adapters: readonly (readonly LoraMatrices[])[];
  readonly plans: readonly StepPlan[];
  /** logits of the reference backend for each plan, then its vectors. [R, width], [V, width] */
  readonly expected: readonly Float32Array[];
  /** largest allowed difference of a logit, relative to the largest logit */
  readonly tolerance: number;
  /** tolerance if activations are rounded to bf16 for BF16 weights */
  readonly roundedTolerance: number;
}

export const VOCABULARY = 29;

// A value between two representable numbers may be rounded to either number.
export const TOLERANCES: Readonly<Record<KvDtype, number>> = { f32: 1e-5, f16: 1e-3, bf16: 8e-3, int8: 0.02 };

/** Creates the random numbers and tensors of a case. */
export class CaseInputs {
  readonly random: () => number;
  readonly infos = new Map<string, TensorInfo>();
  readonly stored = new Map<string, SharedArrayBuffer>();
  readonly #blocks: RandomBlocks;

  constructor(seed: number) {
    this.random = randomNumbers(seed);
    this.#blocks = new RandomBlocks(seed + 1);
  }

  integerFrom(from: number, to: number): number {
    return from + randomInteger(this.random, to - from + 1);
  }

  /** Adds a random tensor. Returns its name. */
  addTensor(name: string, dtype: DtypeName, shape: readonly number[], spread = 1): string {
    const elements = shape.reduce((product, size) => product * size, 1);
    const bytes = new SharedArrayBuffer(byteLength(DTYPES[dtype], elements));
    const values = new Uint8Array(bytes.byteLength); // RandomBlocks cannot write to shared memory
    this.#blocks.fill(dtype, spread, values);
    new Uint8Array(bytes).set(values);
    this.infos.set(name, { name, dtype, shape, byteLength: bytes.byteLength });
    this.stored.set(name, bytes);
    return name;
  }
}

interface CaseDefinition {
  readonly inputs: CaseInputs;
  readonly name: string;
  readonly groups?: readonly KvGroup[];
  readonly build: (b: ProgramBuilder) => ValueId;
  readonly tolerance?: number;
  readonly roundedTolerance?: number | undefined;
  readonly kvDtype?: KvDtype;
  readonly blockSize?: number;
  /** Returns the adapters for linear layers. Sequence s uses slot s % (adapters + 1) - 1, which for 0 is none. */
  readonly adapt?: (targets: readonly Weight[]) => readonly (readonly LoraMatrices[])[];
  /** whether the program and the plans return vectors */
  readonly returnsVectors?: true;
  /** for each step: the number of tokens of each sequence */
  readonly steps?: readonly (readonly number[])[];
}

const SMALL_GROUPS: readonly KvGroup[] = [{ layers: [0], kvHeads: 1, headDim: 1, keeps: 'all' }];

export function createCase(definition: CaseDefinition): ContractCase {
  const {
    inputs,
    name,
    groups = SMALL_GROUPS,
    kvDtype = 'f32',
    blockSize = 4,
    tolerance = 1e-5,
  } = definition;
  const { roundedTolerance = tolerance } = definition;
  const steps = definition.steps ?? [[inputs.integerFrom(1, 21)]];
  const b = new ProgramBuilder(inputs.infos, groups);
  const fused = fuse(lower(b.select(b.gatherRows(definition.build(b))), { activations: 'int8' }));
  const adapters = definition.adapt?.(loraTargetsOf(fused)) ?? [];
  const adapted = adapters.length === 0 ? fused : addLoraTargets(fused);
  const program = definition.returnsVectors ? withReadRows(adapted) : adapted;
  const lengths = steps.reduce(
    (sums, step) => step.map((count, s) => (sums[s] ?? 0) + count),
    [] as number[],
  );
  const contextLength = Math.max(...lengths);
  const blocksPerSequence = Math.ceil(contextLength / blockSize);
  const blocks = blocksPerSequence * lengths.length;
  const tokens = Math.max(...steps.map((step) => step.reduce((sum, count) => sum + count, 0)));
  const tape = emitTape(program, { tokens, rows: tokens }, contextLength);
  const layout = { groups, dtype: kvDtype, blockSize };
  const slotOf = (s: number): number => (s % (adapters.length + 1)) - 1;
  const plans = createPlans(inputs, steps, blocksPerSequence, blocks, slotOf).map((plan) =>
    definition.returnsVectors ? { ...plan, vectorRows: randomRows(inputs, plan.tokens.length) } : plan,
  );
  const state = new StepState(tape, inputs.stored, layout, [blocks], contextLength);
  for (const [slot, matrices] of adapters.entries())
    state.setAdapter(slot, { tensors: inputs.stored, matrices });
  const expected = plans.map((plan) => valuesOf(runStep(state, plan)));
  return {
    name,
    tape,
    tensors: inputs.stored,
    layout,
    blocks: [blocks],
    contextLength,
    adapters,
    plans,
    expected,
    tolerance,
    roundedTolerance,
  };
}

/** Returns the logits and the vectors of a step in one array. */
export function valuesOf({ logits, vectors = new Float32Array(0) }: StepResult): Float32Array {
  const values = new Float32Array(logits!.length + vectors.length);
  values.set(logits!);
  values.set(vectors, logits!.length);
  return values;
}

// The vectors are the values from which the rows of logits are gathered.
function withReadRows(program: Program): Program {
  const operations = program.operations.flatMap((operation): Operation[] =>
    operation.kind === 'gatherRows' ? [{ kind: 'readRows', input: operation.input }, operation] : [operation],
  );
  return { ...program, operations };
}

// Returns a random subset of the rows, which may be empty.
const randomRows = (inputs: CaseInputs, rows: number): Int32Array =>
  Int32Array.from({ length: rows }, (_, row) => row).filter(() => inputs.random() < 0.6);

function createPlans(
  inputs: CaseInputs,
  steps: readonly (readonly number[])[],
  blocksPerSequence: number,
  blocks: number,
  slotOf: (sequence: number) => number,
): StepPlan[] {
  const order = shuffledIndexes(blocks, inputs.random);
  const sequences: number[][] = steps[0]!.map(() => []);
  return steps.map((step) => {
    const parts: SequencePart[] = step.flatMap((count, s) => {
      const from = sequences[s]!.length;
      for (let i = 0; i < count; i++) sequences[s]!.push(inputs.integerFrom(0, VOCABULARY - 1));
      if (count === 0) return [];
      return [
        {
          tokens: [...sequences[s]!],
          from,
          adapter: slotOf(s),
          blocks: order.slice(s * blocksPerSequence, (s + 1) * blocksPerSequence),
        },
      ];
    });
    return planOf(parts);
  });
}

/** Embeds a random table with rows of `width` elements. */
export const embedRandomRows = (inputs: CaseInputs, b: ProgramBuilder, width: number): ValueId =>
  b.embed(addTable(inputs, `rows ${width}`, width), 'token', VOCABULARY, width);

/** Adds a table with a row for each token, if it does not exist. */
export function addTable(inputs: CaseInputs, name: string, width: number, dtype: DtypeName = 'F32'): string {
  return inputs.infos.has(name) ? name : inputs.addTensor(name, dtype, [VOCABULARY, width]);
}

export const randomRope = (inputs: CaseInputs, headDim: number): RopeConfig => ({
  layout: inputs.random() < 0.5 ? 'half' : 'interleaved',
  theta: 10_000,
  dim: inputs.random() < 0.5 ? headDim : 2 * inputs.integerFrom(1, headDim / 2),
});

/** Returns the source from which a backend loads the weights of a case. */
export const sourceOf = ({ tensors }: Pick<ContractCase, 'tensors'>) => ({
  byteLength: (name: string) => tensors.get(name)!.byteLength,
  readInto: async (name: string, target: Uint8Array, from = 0) =>
    target.set(new Uint8Array(tensors.get(name)!, from, target.byteLength)),
});
