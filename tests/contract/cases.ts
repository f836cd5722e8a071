// The cases of the contract tests. Each case is a small program that tests one operation with random shapes (odd sizes, a
// single row, odd head sizes), the plans of its steps, and the logits that the reference backend computes for the lowered
// program.

import { byteLength, DTYPES, type DtypeName } from '../../src/base/model/dtypes.ts';
import type { KvDtype, KvGroup, KvLayout } from '../../src/base/model/kv-layout.ts';
import { ACTIVATION_NAMES, type RopeConfig, type TensorInfo } from '../../src/base/model/model-file.ts';
import type { StepPlan } from '../../src/base/step/step-plan.ts';
import { runStep } from '../../src/kernels/reference/run-step.ts';
import { StepState } from '../../src/kernels/reference/step-state.ts';
import type { StoredTensors } from '../../src/kernels/reference/weights.ts';
import { RandomBlocks } from '../../src/models/synthetic/random-blocks.ts';
import { ProgramBuilder } from '../../src/program/builder.ts';
import { fuse } from '../../src/program/fuse.ts';
import { lower } from '../../src/program/lower.ts';
import type { ValueId } from '../../src/program/program.ts';
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
  readonly plans: readonly StepPlan[];
  /** logits of the reference backend for each plan. [R, width] */
  readonly expected: readonly Float32Array[];
  /** largest allowed difference of a logit, relative to the largest logit */
  readonly tolerance: number;
  /** tolerance if activations are rounded to bf16 for BF16 weights */
  readonly roundedTolerance: number;
}

const VOCABULARY = 29;

/** Creates the random numbers and tensors of a case. */
class CaseInputs {
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
  /** for each step: the number of tokens of each sequence */
  readonly steps?: readonly (readonly number[])[];
}

const SMALL_GROUPS: readonly KvGroup[] = [{ layers: [0], kvHeads: 1, headDim: 1, keeps: 'all' }];

function createCase(definition: CaseDefinition): ContractCase {
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
  const program = fuse(lower(b.select(b.gatherRows(definition.build(b))), { activations: 'int8' }));
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
  const plans = createPlans(inputs, steps, blocksPerSequence, blocks);
  const state = new StepState(tape, inputs.stored, layout, [blocks], contextLength);
  const expected = plans.map((plan) => runStep(state, plan).logits!);
  return {
    name,
    tape,
    tensors: inputs.stored,
    layout,
    blocks: [blocks],
    contextLength,
    plans,
    expected,
    tolerance,
    roundedTolerance,
  };
}

function createPlans(
  inputs: CaseInputs,
  steps: readonly (readonly number[])[],
  blocksPerSequence: number,
  blocks: number,
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
          blocks: order.slice(s * blocksPerSequence, (s + 1) * blocksPerSequence),
        },
      ];
    });
    return planOf(parts);
  });
}

/** Embeds a random table with rows of `width` elements. */
const embedRandomRows = (inputs: CaseInputs, b: ProgramBuilder, width: number): ValueId =>
  b.embed(addTable(inputs, `rows ${width}`, width), 'token', VOCABULARY, width);

/** Adds a table with a row for each token, if it does not exist. */
function addTable(inputs: CaseInputs, name: string, width: number, dtype: DtypeName = 'F32'): string {
  return inputs.infos.has(name) ? name : inputs.addTensor(name, dtype, [VOCABULARY, width]);
}

function embedCase(seed: number, dtype: DtypeName): ContractCase {
  const inputs = new CaseInputs(seed);
  const width = DTYPES[dtype].blockElements * inputs.integerFrom(1, 3) * (DTYPES[dtype].quantized ? 1 : 13);
  inputs.addTensor('table', dtype, [VOCABULARY, width]);
  const name = `embed ${dtype} ${width}`;
  return createCase({
    inputs,
    name,
    build: (b) => b.embed('table', 'token', VOCABULARY, width),
    tolerance: 1e-6,
  });
}

function linearCase(seed: number, dtype: DtypeName, rowsDtype: DtypeName = 'F32'): ContractCase {
  const inputs = new CaseInputs(seed);
  const { quantized, blockElements } = DTYPES[dtype];
  const columns = quantized ? blockElements * inputs.integerFrom(1, 4) : inputs.integerFrom(2, 90);
  const rows = inputs.integerFrom(2, 70);
  inputs.addTensor('m.weight', dtype, [rows, columns]);
  if (inputs.random() < 0.5) inputs.addTensor('m.bias', inputs.random() < 0.5 ? 'F32' : 'F16', [rows]);
  const hasResidual = inputs.random() < 0.5;
  const build = (b: ProgramBuilder): ValueId => {
    const other = embedRandomRows(inputs, b, rows);
    const y = b.linear('y', embedRandomRows(inputs, b, columns), 'm', rows);
    return hasResidual ? b.add('sum', other, y) : y;
  };
  // The tensors must be added before the program is built.
  addTable(inputs, `rows ${rows}`, rows);
  addTable(inputs, `rows ${columns}`, columns, rowsDtype);
  const name = `linear ${dtype} [${rows}, ${columns}]${hasResidual ? ' residual' : ''}`;
  // Rounding to bf16 does not change rows of bf16 numbers.
  const roundedTolerance = dtype === 'BF16' && rowsDtype !== 'BF16' ? TOLERANCES.bf16 : undefined;
  return createCase({ inputs, name, build, steps: [[inputs.integerFrom(1, 40)]], roundedTolerance });
}

/** A linear layer with more columns, rows and tokens than a kernel processes together. */
export function largeLinearCase(dtype: DtypeName, tokens: number): ContractCase {
  const inputs = new CaseInputs(7);
  const [rows, columns] = [70, 17 * 256];
  inputs.addTensor('m.weight', dtype, [rows, columns]);
  addTable(inputs, `rows ${columns}`, columns);
  const build = (b: ProgramBuilder): ValueId => b.linear('y', embedRandomRows(inputs, b, columns), 'm', rows);
  return createCase({ inputs, name: `linear ${dtype} [${rows}, ${columns}]`, build, steps: [[tokens]] });
}

function rmsNormCase(seed: number): ContractCase {
  const inputs = new CaseInputs(seed);
  const size = inputs.integerFrom(2, 70);
  const heads = inputs.integerFrom(1, 3);
  const width = size * heads;
  inputs.addTensor('w.weight', 'F16', [size]);
  addTable(inputs, `rows ${width}`, width);
  const build = (b: ProgramBuilder): ValueId =>
    b.rmsNorm(embedRandomRows(inputs, b, width), 'w.weight', 1e-6, 'norm', size);
  return createCase({ inputs, name: `rmsNorm ${heads} x ${size}`, build });
}

function layerNormCase(seed: number): ContractCase {
  const inputs = new CaseInputs(seed);
  const width = inputs.integerFrom(2, 70);
  inputs.addTensor('w.weight', 'F16', [width]);
  inputs.addTensor('w.bias', 'F32', [width]);
  addTable(inputs, `rows ${width}`, width);
  const build = (b: ProgramBuilder): ValueId => b.layerNorm(embedRandomRows(inputs, b, width), 'w', 1e-5);
  return createCase({ inputs, name: `layerNorm ${width}`, build });
}

/** Rotary embedding that is not fused with attention. */
function ropeCase(seed: number): ContractCase {
  const inputs = new CaseInputs(seed);
  const headDim = 2 * inputs.integerFrom(1, 50);
  const heads = inputs.integerFrom(1, 5);
  addTable(inputs, `rows ${heads * headDim}`, heads * headDim);
  const rope = randomRope(inputs, headDim);
  const build = (b: ProgramBuilder): ValueId =>
    b.rope('rotated', embedRandomRows(inputs, b, heads * headDim), heads, headDim, rope);
  return createCase({ inputs, name: `rope ${rope.layout} ${rope.dim} of ${heads} x ${headDim}`, build });
}

const randomRope = (inputs: CaseInputs, headDim: number): RopeConfig => ({
  layout: inputs.random() < 0.5 ? 'half' : 'interleaved',
  theta: 10_000,
  dim: inputs.random() < 0.5 ? headDim : 2 * inputs.integerFrom(1, headDim / 2),
});

/** A norm or a gate, which `fuse` combines with the quantization of its output. */
function quantizedOutputCase(seed: number): ContractCase {
  const inputs = new CaseInputs(seed);
  const columns = 32 * inputs.integerFrom(1, 5);
  const rows = inputs.integerFrom(1, 40);
  inputs.addTensor('m.weight', 'Q8_0', [rows, columns]);
  inputs.addTensor('n.weight', 'F32', [columns]);
  inputs.addTensor('g.weight', 'F32', [columns, 16]);
  inputs.addTensor('u.weight', 'F32', [columns, 16]);
  addTable(inputs, `rows ${columns}`, columns);
  addTable(inputs, 'rows 16', 16);
  const isGated = inputs.random() < 0.5;
  const build = (b: ProgramBuilder): ValueId => {
    if (!isGated)
      return b.linear('y', b.rmsNorm(embedRandomRows(inputs, b, columns), 'n.weight', 1e-6), 'm', rows);
    const x = embedRandomRows(inputs, b, 16);
    const gate = b.activation('silu', b.linear('gate', x, 'g', columns));
    return b.linear('y', b.mul('gated', gate, b.linear('up', x, 'u', columns)), 'm', rows);
  };
  // A value close to the middle between two integers may be rounded in either direction.
  return createCase({
    inputs,
    name: `quantized ${isGated ? 'gate' : 'norm'} ${columns}`,
    build,
    tolerance: 0.01,
  });
}

const ELEMENTWISE = ['add', 'mul', 'activation', 'gated'] as const;

function elementwiseCase(seed: number, kind: (typeof ELEMENTWISE)[number]): ContractCase {
  const inputs = new CaseInputs(seed);
  const width = inputs.integerFrom(2, 77);
  const activation = ACTIVATION_NAMES[inputs.integerFrom(0, ACTIVATION_NAMES.length - 1)]!;
  inputs.addTensor('wide', 'F32', [VOCABULARY, width], 6);
  addTable(inputs, `rows ${width}`, width);
  const build = (b: ProgramBuilder): ValueId => {
    const x = b.embed('wide', 'token', VOCABULARY, width);
    const other = embedRandomRows(inputs, b, width);
    if (kind === 'add') return b.add('y', x, other);
    if (kind === 'mul') return b.mul('y', x, other);
    const y = b.activation(activation, x);
    return kind === 'activation' ? y : b.mul('gated', y, other);
  };
  const name = kind === 'add' || kind === 'mul' ? kind : `${kind} ${activation}`;
  return createCase({ inputs, name: `${name} ${width}`, build });
}

interface AttentionShape {
  readonly headDim: number;
  readonly kvHeads: number;
  readonly heads: number;
  readonly window?: number | undefined;
  readonly rope?: RopeConfig | undefined;
  readonly kvDtype: KvDtype;
  readonly blockSize: number;
}

function attentionCase(seed: number, kvDtype: KvDtype): ContractCase {
  const inputs = new CaseInputs(seed);
  const headDim = 2 * inputs.integerFrom(1, 50);
  const kvHeads = inputs.integerFrom(1, 3);
  const heads = kvHeads * inputs.integerFrom(1, 9);
  const window = inputs.random() < 0.4 ? inputs.integerFrom(1, 300) : undefined;
  const randomizedRope = randomRope(inputs, headDim);
  const rope = inputs.random() < 0.6 ? randomizedRope : undefined;
  addAttentionTables(inputs, { headDim, kvHeads, heads });
  const promptTokens = inputs.random() < 0.5 ? inputs.integerFrom(200, 700) : inputs.integerFrom(1, 30);
  const steps = [
    [promptTokens, inputs.integerFrom(1, 40)],
    [inputs.integerFrom(1, 3), inputs.integerFrom(0, 2)],
    [1, 1],
  ];
  const blockSize = [16, 16, 1, 5, 64][inputs.integerFrom(0, 4)]!;
  return attentionCaseOf(inputs, { headDim, kvHeads, heads, window, rope, kvDtype, blockSize }, steps);
}

function addAttentionTables(
  inputs: CaseInputs,
  { heads, kvHeads, headDim }: Pick<AttentionShape, 'heads' | 'kvHeads' | 'headDim'>,
): void {
  for (const [name, count] of [
    ['q', heads],
    ['k', kvHeads],
    ['v', kvHeads],
  ] as const)
    inputs.addTensor(name, 'F32', [VOCABULARY, count * headDim]);
}

function attentionCaseOf(
  inputs: CaseInputs,
  shape: AttentionShape,
  steps: readonly (readonly number[])[],
): ContractCase {
  const { headDim, kvHeads, heads, window, rope, kvDtype, blockSize } = shape;
  const groups = [{ layers: [0, 1], kvHeads, headDim, keeps: 'all' as const }];
  const build = (b: ProgramBuilder): ValueId => {
    const rows = (name: string, count: number): ValueId =>
      b.embed(name, 'token', VOCABULARY, count * headDim);
    const rotatedRows = (name: 'q' | 'k', count: number): ValueId =>
      rope === undefined ? rows(name, count) : b.rope(name, rows(name, count), count, headDim, rope);
    const attention = { group: 0, layerInGroup: 1, heads, kvHeads, headDim, scale: headDim ** -0.5, window };
    return b.attention(rotatedRows('q', heads), rotatedRows('k', kvHeads), rows('v', kvHeads), attention);
  };
  const name = `attention ${kvDtype} ${heads}/${kvHeads} x ${headDim}, blocks of ${blockSize}, window ${window}`;
  return createCase({
    inputs,
    name,
    groups,
    build,
    steps,
    kvDtype,
    blockSize,
    tolerance: TOLERANCES[kvDtype],
  });
}

/**
 * Attention with `tokens` tokens of one sequence, more than a kernel processes together. An element of the value of token
 * id 0 is infinite.
 */
export function largeAttentionCase(shape: AttentionShape, tokens: number): ContractCase {
  const inputs = new CaseInputs(11);
  addAttentionTables(inputs, shape);
  new DataView(inputs.stored.get('v')!).setFloat32(4, Number.POSITIVE_INFINITY, true);
  return attentionCaseOf(inputs, shape, [[tokens]]);
}

// A value between two representable numbers may be rounded to either number.
const TOLERANCES: Readonly<Record<KvDtype, number>> = { f32: 1e-5, f16: 1e-3, bf16: 8e-3, int8: 0.02 };

/** Yields `count` cases for every operation, weight type and KV type. A test checks that no operation is missing. */
export function* contractCases(count: number, seed = 1): Generator<ContractCase> {
  let nextSeed = seed * 1000;
  for (let i = 0; i < count; i++) {
    for (const dtype of Object.keys(DTYPES) as DtypeName[]) {
      yield embedCase(nextSeed++, dtype);
      yield linearCase(nextSeed++, dtype);
      yield linearCase(nextSeed++, dtype);
    }
    yield linearCase(nextSeed++, 'BF16', 'BF16');
    for (const dtype of ['f32', 'f16', 'bf16', 'int8'] as const) yield attentionCase(nextSeed++, dtype);
    yield rmsNormCase(nextSeed++);
    yield layerNormCase(nextSeed++);
    yield ropeCase(nextSeed++);
    yield quantizedOutputCase(nextSeed++);
    for (const kind of ELEMENTWISE) yield elementwiseCase(nextSeed++, kind);
  }
}

/** Returns the source from which a backend loads the weights of a case. */
export const sourceOf = ({ tensors }: Pick<ContractCase, 'tensors'>) => ({
  byteLength: (name: string) => tensors.get(name)!.byteLength,
  readInto: async (name: string, target: Uint8Array, from = 0) =>
    target.set(new Uint8Array(tensors.get(name)!, from, target.byteLength)),
});
