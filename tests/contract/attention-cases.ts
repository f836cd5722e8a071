// The contract cases of attention, with random and with extreme shapes and values.

import type { KvDtype } from '../../src/base/model/kv-layout.ts';
import type { RopeConfig } from '../../src/base/model/model-file.ts';
import type { ProgramBuilder } from '../../src/program/builder.ts';
import type { ValueId } from '../../src/program/program.ts';
import {
  CaseInputs,
  type ContractCase,
  createCase,
  randomRope,
  TOLERANCES,
  VOCABULARY,
} from './contract-case.ts';

interface AttentionShape {
  readonly headDim: number;
  readonly kvHeads: number;
  readonly heads: number;
  readonly window?: number | undefined;
  readonly softCap?: number | undefined;
  readonly rope?: RopeConfig | undefined;
  readonly kvDtype: KvDtype;
  readonly blockSize: number;
}

export function attentionCase(seed: number, kvDtype: KvDtype): ContractCase {
  const inputs = new CaseInputs(seed);
  const evenHeadDim = 2 * inputs.integerFrom(1, 50);
  const kvHeads = inputs.integerFrom(1, 3);
  const heads = kvHeads * inputs.integerFrom(1, 9);
  const window = inputs.random() < 0.4 ? inputs.integerFrom(1, 300) : undefined;
  const randomizedRope = randomRope(inputs, evenHeadDim);
  const rope = inputs.random() < 0.6 ? randomizedRope : undefined;
  const headDim = rope === undefined && inputs.random() < 0.3 ? evenHeadDim + 1 : evenHeadDim;
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
  const { headDim, kvHeads, heads, window, softCap, rope, kvDtype, blockSize } = shape;
  const groups = [{ layers: [0, 1], kvHeads, headDim, keeps: 'all' as const }];
  const build = (b: ProgramBuilder): ValueId => {
    const rows = (name: string, count: number): ValueId =>
      b.embed(name, 'token', VOCABULARY, count * headDim);
    const rotatedRows = (name: 'q' | 'k', count: number): ValueId =>
      rope === undefined ? rows(name, count) : b.rope(name, rows(name, count), count, headDim, rope);
    const scale = headDim ** -0.5;
    const attention = { group: 0, layerInGroup: 1, heads, kvHeads, headDim, scale, window, softCap };
    return b.attention(rotatedRows('q', heads), rotatedRows('k', kvHeads), rows('v', kvHeads), attention);
  };
  const name = `attention ${kvDtype} ${heads}/${kvHeads} x ${headDim}, blocks of ${blockSize}, window ${window}, limit ${softCap}`;
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

/** Attention with scores up to several times the limit. */
export function softCapCase(seed: number, kvDtype: KvDtype): ContractCase {
  const inputs = new CaseInputs(seed);
  const shape = { headDim: 40, kvHeads: 2, heads: 6, blockSize: 16, kvDtype, softCap: 0.3, window: 290 };
  addAttentionTables(inputs, shape);
  return attentionCaseOf(inputs, shape, [
    [300, 20],
    [1, 3],
    [1, 1],
  ]);
}

/**
 * Attention with heads of 512 elements whose products are the largest that int8 keys allow. Elements of queries and keys
 * have one magnitude, and keys have the sign of the query or the other one.
 */
export function largestProductsCase(kvDtype: KvDtype): ContractCase {
  const inputs = new CaseInputs(12);
  const shape = { headDim: 512, kvHeads: 1, heads: 2, blockSize: 16, kvDtype };
  addAttentionTables(inputs, shape);
  for (const name of ['q', 'k']) {
    const elements = new Float32Array(inputs.stored.get(name)!);
    for (let i = 0; i < elements.length; i++) {
      const isNegative = name === 'k' && Math.floor(i / shape.headDim) % 2 === 1;
      elements[i] = isNegative ? -0.5 : 0.5;
    }
  }
  return attentionCaseOf(inputs, shape, [[100], [1], [3]]);
}

/** Attention with blocks whose int8 keys and values together are no multiple of four bytes, after which the scales begin. */
export function oddBlocksCase(): ContractCase {
  const inputs = new CaseInputs(13);
  const shape: AttentionShape = { headDim: 45, kvHeads: 2, heads: 4, blockSize: 1, kvDtype: 'int8' };
  addAttentionTables(inputs, shape);
  return attentionCaseOf(inputs, shape, [[33], [1], [2]]);
}
