// Cases of the backend contract: small programs around one operation each, in random awkward shapes (odd sizes, one row,
// odd head sizes), with the steps to run and the expected logits of the lowered reference.

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
  /** logits of the lowered reference for each plan, [R, width] */
  readonly expected: readonly Float32Array[];
  /** largest allowed difference of a logit, relative to the largest logit */
  readonly tolerance: number;
  /** tolerance if activations are rounded to bf16 for BF16 weights */
  readonly roundedTolerance: number;
}

const VOCABULARY = 29;

/** The random numbers and tensors of a case under construction. */
class Bench {
  readonly random: () => number;
  readonly infos = new Map<string, TensorInfo>();
  readonly stored = new Map<string, SharedArrayBuffer>();
  readonly #blocks: RandomBlocks;

  constructor(seed: number) {
    this.random = randomNumbers(seed);
    this.#blocks = new RandomBlocks(seed + 1);
  }

  between(from: number, to: number): number {
    return from + randomInteger(this.random, to - from + 1);
  }

  tensor(name: string, dtype: DtypeName, shape: readonly number[], spread = 1): string {
    const elements = shape.reduce((product, size) => product * size, 1);
    const bytes = new SharedArrayBuffer(byteLength(DTYPES[dtype], elements));
    const own = new Uint8Array(bytes.byteLength); // RandomBlocks does not fill shared memory
    this.#blocks.fill(dtype, spread, own);
    new Uint8Array(bytes).set(own);
    this.infos.set(name, { name, dtype, shape, byteLength: bytes.byteLength });
    this.stored.set(name, bytes);
    return name;
  }
}

interface Draft {
  readonly bench: Bench;
  readonly name: string;
  readonly groups?: readonly KvGroup[];
  readonly build: (b: ProgramBuilder) => ValueId;
  readonly tolerance?: number;
  readonly roundedTolerance?: number | undefined;
  readonly kvDtype?: KvDtype;
  readonly blockSize?: number;
  /** tokens of each sequence, step by step */
  readonly steps?: readonly (readonly number[])[];
}

const NO_CACHE: readonly KvGroup[] = [{ layers: [0], kvHeads: 1, headDim: 1, keeps: 'all' }];

function finish(draft: Draft): ContractCase {
  const { bench, name, groups = NO_CACHE, kvDtype = 'f32', blockSize = 4, tolerance = 1e-5 } = draft;
  const { roundedTolerance = tolerance } = draft;
  const steps = draft.steps ?? [[bench.between(1, 21)]];
  const b = new ProgramBuilder(bench.infos, groups);
  const program = fuse(lower(b.select(b.gatherRows(draft.build(b))), { activations: 'int8' }));
  const lengths = steps.reduce(
    (sums, step) => step.map((count, s) => (sums[s] ?? 0) + count),
    [] as number[],
  );
  const contextLength = Math.max(...lengths);
  const perSequence = Math.ceil(contextLength / blockSize);
  const blocks = perSequence * lengths.length;
  const tokens = Math.max(...steps.map((step) => step.reduce((sum, count) => sum + count, 0)));
  const tape = emitTape(program, { tokens, rows: tokens }, contextLength);
  const layout = { groups, dtype: kvDtype, blockSize };
  const plans = plansOf(bench, steps, perSequence, blocks);
  const state = new StepState(tape, bench.stored, layout, [blocks], contextLength);
  const expected = plans.map((plan) => runStep(state, plan).logits!);
  return {
    name,
    tape,
    tensors: bench.stored,
    layout,
    blocks: [blocks],
    contextLength,
    plans,
    expected,
    tolerance,
    roundedTolerance,
  };
}

function plansOf(
  bench: Bench,
  steps: readonly (readonly number[])[],
  perSequence: number,
  blocks: number,
): StepPlan[] {
  const order = shuffledIndexes(blocks, bench.random);
  const texts: number[][] = steps[0]!.map(() => []);
  return steps.map((step) => {
    const parts: SequencePart[] = step.flatMap((count, s) => {
      const from = texts[s]!.length;
      for (let i = 0; i < count; i++) texts[s]!.push(bench.between(0, VOCABULARY - 1));
      if (count === 0) return [];
      return [{ tokens: [...texts[s]!], from, blocks: order.slice(s * perSequence, (s + 1) * perSequence) }];
    });
    return planOf(parts);
  });
}

const rowsOf = (bench: Bench, b: ProgramBuilder, width: number): ValueId =>
  b.embed(named(bench, `rows ${width}`, width), 'token', VOCABULARY, width);

function named(bench: Bench, name: string, width: number, dtype: DtypeName = 'F32'): string {
  return bench.infos.has(name) ? name : bench.tensor(name, dtype, [VOCABULARY, width]);
}

function embedCase(seed: number, dtype: DtypeName): ContractCase {
  const bench = new Bench(seed);
  const width = DTYPES[dtype].blockElements * bench.between(1, 3) * (DTYPES[dtype].quantized ? 1 : 13);
  bench.tensor('table', dtype, [VOCABULARY, width]);
  const name = `embed ${dtype} ${width}`;
  return finish({ bench, name, build: (b) => b.embed('table', 'token', VOCABULARY, width), tolerance: 1e-6 });
}

function linearCase(seed: number, dtype: DtypeName, rowsDtype: DtypeName = 'F32'): ContractCase {
  const bench = new Bench(seed);
  const { quantized, blockElements } = DTYPES[dtype];
  const columns = quantized ? blockElements * bench.between(1, 4) : bench.between(2, 90);
  const rows = bench.between(2, 70);
  bench.tensor('m.weight', dtype, [rows, columns]);
  if (bench.random() < 0.5) bench.tensor('m.bias', bench.random() < 0.5 ? 'F32' : 'F16', [rows]);
  const residual = bench.random() < 0.5;
  const build = (b: ProgramBuilder): ValueId => {
    const other = rowsOf(bench, b, rows);
    const y = b.linear('y', rowsOf(bench, b, columns), 'm', rows);
    return residual ? b.add('sum', other, y) : y;
  };
  // The tensors must exist before the program is built.
  named(bench, `rows ${rows}`, rows);
  named(bench, `rows ${columns}`, columns, rowsDtype);
  const name = `linear ${dtype} [${rows}, ${columns}]${residual ? ' residual' : ''}`;
  // Rounding to bf16 does not change rows that already are bf16.
  const roundedTolerance = dtype === 'BF16' && rowsDtype !== 'BF16' ? TOLERANCES.bf16 : undefined;
  return finish({ bench, name, build, steps: [[bench.between(1, 40)]], roundedTolerance });
}

function rmsNormCase(seed: number): ContractCase {
  const bench = new Bench(seed);
  const size = bench.between(2, 70);
  const heads = bench.between(1, 3);
  const width = size * heads;
  bench.tensor('w.weight', 'F16', [size]);
  named(bench, `rows ${width}`, width);
  const build = (b: ProgramBuilder): ValueId =>
    b.rmsNorm(rowsOf(bench, b, width), 'w.weight', 1e-6, 'norm', size);
  return finish({ bench, name: `rmsNorm ${heads} x ${size}`, build });
}

function layerNormCase(seed: number): ContractCase {
  const bench = new Bench(seed);
  const width = bench.between(2, 70);
  bench.tensor('w.weight', 'F16', [width]);
  bench.tensor('w.bias', 'F32', [width]);
  named(bench, `rows ${width}`, width);
  const build = (b: ProgramBuilder): ValueId => b.layerNorm(rowsOf(bench, b, width), 'w', 1e-5);
  return finish({ bench, name: `layerNorm ${width}`, build });
}

/** Rotary embedding alone, as when an operation besides attention reads a rotated key. */
function ropeCase(seed: number): ContractCase {
  const bench = new Bench(seed);
  const headDim = 2 * bench.between(1, 50);
  const heads = bench.between(1, 5);
  named(bench, `rows ${heads * headDim}`, heads * headDim);
  const rope = ropeOf(bench, headDim);
  const build = (b: ProgramBuilder): ValueId =>
    b.rope('turned', rowsOf(bench, b, heads * headDim), heads, headDim, rope);
  return finish({ bench, name: `rope ${rope.layout} ${rope.dim} of ${heads} x ${headDim}`, build });
}

const ropeOf = (bench: Bench, headDim: number): RopeConfig => ({
  layout: bench.random() < 0.5 ? 'half' : 'interleaved',
  theta: 10_000,
  dim: bench.random() < 0.5 ? headDim : 2 * bench.between(1, headDim / 2),
});

/** A norm and a gate in front of a quantized linear, which fuse folds into their quantization. */
function quantizedCase(seed: number): ContractCase {
  const bench = new Bench(seed);
  const columns = 32 * bench.between(1, 5);
  const rows = bench.between(1, 40);
  bench.tensor('m.weight', 'Q8_0', [rows, columns]);
  bench.tensor('n.weight', 'F32', [columns]);
  bench.tensor('g.weight', 'F32', [columns, 16]);
  bench.tensor('u.weight', 'F32', [columns, 16]);
  named(bench, `rows ${columns}`, columns);
  named(bench, 'rows 16', 16);
  const gated = bench.random() < 0.5;
  const build = (b: ProgramBuilder): ValueId => {
    if (!gated) return b.linear('y', b.rmsNorm(rowsOf(bench, b, columns), 'n.weight', 1e-6), 'm', rows);
    const x = rowsOf(bench, b, 16);
    const gate = b.activation('silu', b.linear('gate', x, 'g', columns));
    return b.linear('y', b.mul('gated', gate, b.linear('up', x, 'u', columns)), 'm', rows);
  };
  // A value halfway between two integers may be rounded in either direction.
  return finish({ bench, name: `quantized ${gated ? 'gate' : 'norm'} ${columns}`, build, tolerance: 0.01 });
}

const ELEMENTWISE = ['add', 'mul', 'activation', 'gated'] as const;

function elementCase(seed: number, kind: (typeof ELEMENTWISE)[number]): ContractCase {
  const bench = new Bench(seed);
  const width = bench.between(2, 77);
  const which = ACTIVATION_NAMES[bench.between(0, ACTIVATION_NAMES.length - 1)]!;
  bench.tensor('wide', 'F32', [VOCABULARY, width], 6);
  named(bench, `rows ${width}`, width);
  const build = (b: ProgramBuilder): ValueId => {
    const x = b.embed('wide', 'token', VOCABULARY, width);
    const other = rowsOf(bench, b, width);
    if (kind === 'add') return b.add('y', x, other);
    if (kind === 'mul') return b.mul('y', x, other);
    const y = b.activation(which, x);
    return kind === 'activation' ? y : b.mul('gated', y, other);
  };
  const name = kind === 'add' || kind === 'mul' ? kind : `${kind} ${which}`;
  return finish({ bench, name: `${name} ${width}`, build });
}

function attentionCase(seed: number, kvDtype: KvDtype): ContractCase {
  const bench = new Bench(seed);
  const headDim = 2 * bench.between(1, 50);
  const kvHeads = bench.between(1, 3);
  const heads = kvHeads * bench.between(1, 9);
  const groups = [{ layers: [0, 1], kvHeads, headDim, keeps: 'all' as const }];
  const window = bench.random() < 0.4 ? bench.between(1, 300) : undefined;
  const rope = ropeOf(bench, headDim);
  const rotated = bench.random() < 0.6;
  for (const [name, count] of [
    ['q', heads],
    ['k', kvHeads],
    ['v', kvHeads],
  ] as const)
    bench.tensor(name, 'F32', [VOCABULARY, count * headDim]);
  const build = (b: ProgramBuilder): ValueId => {
    const rows = (name: string, count: number): ValueId =>
      b.embed(name, 'token', VOCABULARY, count * headDim);
    const rotatedRows = (name: 'q' | 'k', count: number): ValueId =>
      rotated ? b.rope(name, rows(name, count), count, headDim, rope) : rows(name, count);
    const attention = { group: 0, layerInGroup: 1, heads, kvHeads, headDim, scale: headDim ** -0.5, window };
    return b.attention(rotatedRows('q', heads), rotatedRows('k', kvHeads), rows('v', kvHeads), attention);
  };
  const long = bench.random() < 0.5 ? bench.between(200, 700) : bench.between(1, 30);
  const steps = [
    [long, bench.between(1, 40)],
    [bench.between(1, 3), bench.between(0, 2)],
    [1, 1],
  ];
  const blockSize = [16, 16, 1, 5, 64][bench.between(0, 4)]!;
  const name = `attention ${kvDtype} ${heads}/${kvHeads} x ${headDim}, blocks of ${blockSize}, window ${window}`;
  return finish({ bench, name, groups, build, steps, kvDtype, blockSize, tolerance: TOLERANCES[kvDtype] });
}

// A value between two representable ones may be rounded to either.
const TOLERANCES: Readonly<Record<KvDtype, number>> = { f32: 1e-5, f16: 1e-3, bf16: 8e-3, int8: 0.02 };

/** Yields cases for every operation, weight type and KV type, `count` of each; a test checks that none is missing. */
export function* contractCases(count: number, seed = 1): Generator<ContractCase> {
  let next = seed * 1000;
  for (let i = 0; i < count; i++) {
    for (const dtype of Object.keys(DTYPES) as DtypeName[]) {
      yield embedCase(next++, dtype);
      yield linearCase(next++, dtype);
      yield linearCase(next++, dtype);
    }
    yield linearCase(next++, 'BF16', 'BF16');
    for (const dtype of ['f32', 'f16', 'bf16', 'int8'] as const) yield attentionCase(next++, dtype);
    yield rmsNormCase(next++);
    yield layerNormCase(next++);
    yield ropeCase(next++);
    yield quantizedCase(next++);
    for (const kind of ELEMENTWISE) yield elementCase(next++, kind);
  }
}

/** Returns the weights of a case in the form that a backend reads. */
export const sourceOf = ({ tensors }: Pick<ContractCase, 'tensors'>) => ({
  byteLength: (name: string) => tensors.get(name)!.byteLength,
  readInto: async (name: string, target: Uint8Array, from = 0) =>
    target.set(new Uint8Array(tensors.get(name)!, from, target.byteLength)),
});
