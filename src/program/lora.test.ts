import { describe, expect, it } from 'vitest';
import { MAX_LORA_RANK } from '../base/model/adapter-file.ts';
import type { TensorInfo } from '../base/model/model-file.ts';
import { ProgramBuilder } from './builder.ts';
import { addLoraTargets, loraTargetsOf } from './lora.ts';
import { inputsOf, outputOf } from './operands.ts';
import { planMemory } from './plan-memory.ts';
import type { Program } from './program.ts';

const tensor = (name: string, ...shape: number[]): [string, TensorInfo] => [
  name,
  { name, dtype: 'F32', shape, byteLength: 0 },
];

// Two layers read one value, a third reads their sum.
function program(): Program {
  const tensors = new Map([
    tensor('table', 8, 4),
    ...['q', 'k', 'o'].map((name) => tensor(`${name}.weight`, 4, 4)),
  ]);
  const b = new ProgramBuilder(tensors, []);
  const x = b.embed('table', 'token', 8, 4);
  const sum = b.add('sum', b.linear('q', x, 'q', 4), b.linear('k', x, 'k', 4));
  return b.select(b.gatherRows(b.linear('o', sum, 'o', 4)));
}

describe('addLoraTargets', () => {
  const { operations, values } = addLoraTargets(program());

  it('adds the low-rank products of layers with one input before the first of these layers', () => {
    expect(operations.map(({ kind }) => kind)).toEqual([
      'embed',
      'loraDown',
      'loraDown',
      'linear',
      'linear',
      'add',
      'loraDown',
      'linear',
      'gatherRows',
      'select',
    ]);
    expect(operations.flatMap((op) => (op.kind === 'loraDown' ? [op.target] : []))).toEqual([0, 1, 2]);
  });

  it('connects each layer with its product and numbers the layers in order', () => {
    for (const operation of operations) {
      if (operation.kind !== 'linear') continue;
      const down = operations.find((other) => outputOf(other) === operation.lora);
      expect(down).toMatchObject({ kind: 'loraDown', target: operation.target, input: operation.input });
      expect(values[operation.lora!]).toMatchObject({ width: MAX_LORA_RANK, rows: 'T' });
      expect(inputsOf(operation)).toContain(operation.lora);
    }
    expect(loraTargetsOf(program()).map(({ tensor: name }) => name)).toEqual([
      'q.weight',
      'k.weight',
      'o.weight',
    ]);
  });

  it('gives each product memory of its own until its layer has read it', () => {
    const { allocations } = planMemory(addLoraTargets(program()), { tokens: 3, rows: 1 });
    const [q, k] = operations.flatMap((op) => (op.kind === 'loraDown' ? [allocations[op.output]!] : []));
    expect(q!.offset + q!.bytes <= k!.offset || k!.offset + k!.bytes <= q!.offset).toBe(true);
  });
});
