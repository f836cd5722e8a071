// The contract cases of all operations, with random shapes (odd sizes, a single row, odd head sizes).

import type { DtypeName } from '../../src/base/model/dtypes.ts';
import { DTYPES } from '../../src/base/model/dtypes.ts';
import { ACTIVATION_NAMES } from '../../src/base/model/model-file.ts';
import type { ProgramBuilder } from '../../src/program/builder.ts';
import type { LoraMatrices } from '../../src/program/lora.ts';
import type { ValueId, Weight } from '../../src/program/program.ts';
import { attentionCase } from './attention-cases.ts';
import {
  addTable,
  CaseInputs,
  type ContractCase,
  createCase,
  embedRandomRows,
  randomRope,
  TOLERANCES,
  VOCABULARY,
} from './contract-case.ts';

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

/** Some rows of a step as vectors; in the second step, all tokens of a sequence follow those of the first. */
function readRowsCase(seed: number): ContractCase {
  const inputs = new CaseInputs(seed);
  const width = inputs.integerFrom(1, 90);
  inputs.addTensor('w.weight', 'F16', [width]);
  addTable(inputs, `rows ${width}`, width);
  const build = (b: ProgramBuilder): ValueId =>
    b.rmsNorm(embedRandomRows(inputs, b, width), 'w.weight', 1e-6);
  const steps = [
    [inputs.integerFrom(1, 30), inputs.integerFrom(1, 5)],
    [1, inputs.integerFrom(0, 9)],
  ];
  return createCase({ inputs, name: `readRows ${width}`, build, steps, returnsVectors: true });
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

/** Layers that read one value, one with a residual, and two adapters, of which one changes only the second layer. */
export function loraCase(
  seed: number,
  dtype: DtypeName,
  fixed: { readonly rows?: number; readonly adapterDtype?: 'F32' | 'F16' | 'BF16' } = {},
): ContractCase {
  const inputs = new CaseInputs(seed);
  const { quantized, blockElements } = DTYPES[dtype];
  const columns = quantized ? blockElements * inputs.integerFrom(1, 4) : inputs.integerFrom(2, 90);
  const rows = fixed.rows ?? inputs.integerFrom(2, 70);
  for (const name of ['m.weight', 'n.weight']) inputs.addTensor(name, dtype, [rows, columns]);
  inputs.addTensor('m.bias', 'F32', [rows]);
  addTable(inputs, `rows ${rows}`, rows);
  addTable(inputs, `rows ${columns}`, columns);
  const build = (b: ProgramBuilder): ValueId => {
    const other = embedRandomRows(inputs, b, rows);
    const x = embedRandomRows(inputs, b, columns);
    return b.mul('y', b.linear('m', x, 'm', rows), b.add('sum', other, b.linear('n', x, 'n', rows)));
  };
  const matricesOf = (slot: number, target: number): LoraMatrices => {
    const matrixDtype = fixed.adapterDtype ?? (['F32', 'F16', 'BF16'] as const)[inputs.integerFrom(0, 2)]!;
    const rank = inputs.integerFrom(1, 40);
    const matrix = (name: string, [height, width]: readonly [number, number]): Weight => {
      const tensor = inputs.addTensor(`${name} ${slot} ${target}`, matrixDtype, [height, width]);
      return { tensor, dtype: matrixDtype, kind: 'matrix', rowOffset: 0, rows: height, columns: width };
    };
    return { target, a: matrix('a', [rank, columns]), b: matrix('b', [rows, rank]), scale: 0.7 };
  };
  const adapt = (): LoraMatrices[][] => [[matricesOf(0, 0), matricesOf(0, 1)], [matricesOf(1, 1)]];
  const steps = [[3, 1, 2, inputs.integerFrom(1, 40), 1]];
  const name = `lora ${dtype} [${rows}, ${columns}]`;
  return createCase({ inputs, name, build, adapt, steps, roundedTolerance: TOLERANCES.bf16 });
}

const ELEMENTWISE = ['add', 'mul', 'scale', 'activation', 'gated', 'softCap'] as const;

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
    if (kind === 'scale') return b.scale('y', x, 0.22);
    if (kind === 'softCap') return b.softCap('y', x, 1.5);
    const y = b.activation(activation, x);
    return kind === 'activation' ? y : b.mul('gated', y, other);
  };
  const name = kind === 'activation' || kind === 'gated' ? `${kind} ${activation}` : kind;
  return createCase({ inputs, name: `${name} ${width}`, build });
}

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
    for (const dtype of ['F32', 'BF16', 'Q8_0', 'Q4_K'] as const) yield loraCase(nextSeed++, dtype);
    for (const kind of ELEMENTWISE) yield elementwiseCase(nextSeed++, kind);
    yield readRowsCase(nextSeed++);
  }
}
