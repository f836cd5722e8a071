import { describe, expect, test } from 'vitest';
import type { TensorInfo } from '../base/model/model-file.ts';
import { ProgramBuilder } from './builder.ts';
import type { OperationOf } from './operations.ts';
import { printProgram } from './print.ts';
import type { Program } from './program.ts';

const SHAPES: Record<string, number[]> = {
  'embed.weight': [10, 4],
  'ln.weight': [4],
  'ln.bias': [4],
  'qkv.weight': [12, 4],
  'qkv.bias': [12],
  'head.weight': [10, 4],
};

function builder(shapes = SHAPES): ProgramBuilder {
  const infos = Object.entries(shapes).map(
    ([name, shape]): TensorInfo => ({ name, dtype: 'F16', shape, byteLength: 0 }),
  );
  return new ProgramBuilder(new Map(infos.map((info) => [info.name, info])), []);
}

function programWithHead(head: string): Program {
  const b = builder();
  const x = b.embed('embed.weight', 'token', 10, 4);
  return b.select(b.linear('logits', b.gatherRows(x), head, 10));
}

const linearsOf = ({ operations }: Program): OperationOf<'linear'>[] =>
  operations.filter((operation) => operation.kind === 'linear');

describe('ProgramBuilder', () => {
  test('rejects a missing tensor and reports its name', () => {
    expect(() => builder({}).embed('embed.weight', 'token', 10, 4)).toThrow(
      expect.objectContaining({ code: 'missing_tensor', message: expect.stringContaining('embed.weight') }),
    );
  });

  test.each([
    ['with other sizes', [10, 8]],
    ['with transposed sizes', [4, 10]],
    ['with too few dimensions', [40]],
    ['with too many dimensions', [10, 4, 1]],
  ])('rejects a tensor %s and reports both shapes', (_name, shape) => {
    const withShape = builder({ 'embed.weight': shape });
    expect(() => withShape.embed('embed.weight', 'token', 10, 4)).toThrow(
      expect.objectContaining({
        code: 'bad_tensor_shape',
        message: expect.stringMatching(new RegExp(`embed\\.weight.*\\[${shape.join(', ')}\\].*\\[10, 4\\]`)),
      }),
    );
  });

  test('rejects a layer norm without a bias, and a bias of the wrong length', () => {
    const b = builder({ 'embed.weight': [10, 4], 'ln.weight': [4], 'w.weight': [6, 4], 'w.bias': [5] });
    const x = b.embed('embed.weight', 'token', 10, 4);
    expect(() => b.layerNorm(x, 'ln', 1e-5)).toThrow(expect.objectContaining({ code: 'missing_tensor' }));
    expect(() => b.linear('w', x, 'w', 6)).toThrow(expect.objectContaining({ code: 'bad_tensor_shape' }));
  });
});

describe('ProgramBuilder: weights', () => {
  test('the embedding and a tied output head are one weight', () => {
    expect(programWithHead('embed').weights).toHaveLength(1);
    expect(programWithHead('head').weights).toHaveLength(2);
  });

  test('slices of a merged tensor and of its bias have the name of the tensor and their row offset', () => {
    const b = builder();
    const x = b.embed('embed.weight', 'token', 10, 4);
    const parts = [0, 1, 2].map((i) => b.linear(`part${i}`, x, 'qkv', 4, { rows: 12, rowOffset: i * 4 }));
    const program = b.select(b.add('sum', parts[0]!, parts[1]!));
    const slices = linearsOf(program).map(({ weight, bias }) => [
      program.weights[weight]!,
      program.weights[bias!]!,
    ]);
    expect(slices).toEqual(
      [0, 4, 8].map((rowOffset) => [
        { tensor: 'qkv.weight', dtype: 'F16', kind: 'matrix', rowOffset, rows: 4, columns: 4 },
        { tensor: 'qkv.bias', dtype: 'F16', kind: 'vector', rowOffset, rows: 4, columns: 1 },
      ]),
    );
  });

  test('a linear layer has no bias if the checkpoint does not contain it', () => {
    expect(linearsOf(programWithHead('head')).map(({ bias }) => bias)).toEqual([undefined]);
  });
});

describe('ProgramBuilder: values', () => {
  test('have a name with the prefix of the scope, a number of rows, and a width', () => {
    const b = builder();
    const x = b.embed('embed.weight', 'token', 10, 4);
    const inner = b.scope('layers.0', () => b.scope('attn', () => b.linear('qkv', x, 'qkv', 12)));
    const program = b.select(b.gatherRows(inner));
    expect(program.values).toEqual([
      { name: 'embedding', rows: 'T', width: 4, dtype: 'f32' },
      { name: 'layers.0.attn.qkv', rows: 'T', width: 12, dtype: 'f32' },
      { name: 'rows', rows: 'R', width: 12, dtype: 'f32' },
    ]);
  });
});

test('printProgram returns one operation per line, with shapes, weights and slices', () => {
  const b = builder();
  const x = b.layerNorm(b.embed('embed.weight', 'token', 10, 4), 'ln', 1e-5);
  const v = b.linear('v', x, 'qkv', 4, { rows: 12, rowOffset: 8 });
  const program = b.select(b.linear('logits', b.gatherRows(b.add('x', x, v)), 'embed', 10));
  expect(printProgram(program).split('\n')).toEqual([
    'embedding[T, 4] = embed(embed.weight[10, 4]:F16)',
    'norm[T, 4] = layerNorm(embedding[T, 4], ln.weight[4]:F16, ln.bias[4]:F16)',
    'v[T, 4] = linear(norm[T, 4], qkv.weight@8[4, 4]:F16, qkv.bias@8[4]:F16)',
    'x[T, 4] = add(norm[T, 4], v[T, 4])',
    'rows[R, 4] = gatherRows(x[T, 4])',
    'logits[R, 10] = linear(rows[R, 4], embed.weight[10, 4]:F16)',
    'select(logits[R, 10])',
  ]);
});
