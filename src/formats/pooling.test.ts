import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import { poolingOfModules, poolingOfType, readModules } from './pooling.ts';

const moduleOf = (type: string, path = '') => ({ type: `sentence_transformers.models.${type}`, path });
const MODULES = [
  moduleOf('Transformer'),
  moduleOf('Pooling', '1_Pooling'),
  moduleOf('Normalize', '2_Normalize'),
];

it('readModules returns the classes and the folders', () => {
  expect(readModules(MODULES)?.map(({ type, path }) => [type, path])).toEqual([
    ['Transformer', ''],
    ['Pooling', '1_Pooling'],
    ['Normalize', '2_Normalize'],
  ]);
});

it.each([
  ['an object', {}],
  ['a list of texts', ['Pooling']],
  ['a module without a class', [{ path: '' }]],
  ['a path out of the folder', [moduleOf('Pooling', '../../etc')]],
  ['an absolute path', [moduleOf('Pooling', '/etc')]],
  ['a very long path', [moduleOf('Pooling', 'x'.repeat(101))]],
  ['too many modules', new Array(17).fill(moduleOf('Transformer'))],
])('readModules rejects %s', (_name, json) => {
  expect(readModules(json)).toBeUndefined();
});

describe('poolingOfModules', () => {
  const poolingOf = (config: JsonObject, modules: readonly object[] = MODULES) =>
    poolingOfModules(readModules(modules)!, config);

  it.each([
    [{ pooling_mode_lasttoken: true, pooling_mode_cls_token: false }, 'last'],
    [{ pooling_mode_mean_tokens: true }, 'mean'],
    [{ pooling_mode: 'lasttoken' }, 'last'],
    [{ pooling_mode: 'mean', pooling_mode_cls_token: true }, 'mean'],
  ])('of %j is %s', (config, method) => {
    expect(poolingOf(config)).toEqual({ pooling: { method, normalize: true } });
  });

  it('normalizes only with the module Normalize, and is empty without the module Pooling', () => {
    const config = { pooling_mode_mean_tokens: true };
    expect(poolingOf(config, MODULES.slice(0, 2))).toEqual({ pooling: { method: 'mean', normalize: false } });
    expect(poolingOf(config, MODULES.slice(0, 1))).toEqual({});
  });

  it.each([
    [{ pooling_mode_cls_token: true }, 'its pooling is cls'],
    [{ pooling_mode_mean_tokens: true, pooling_mode_lasttoken: true }, 'its pooling is mean and lasttoken'],
    [{ pooling_mode: 'constructor' }, 'its pooling is constructor'],
    [{ pooling_mode_mean_sqrt_len_tokens: true }, 'its pooling is mean_sqrt_len'],
    [{ pooling_mode: 'x\u001b[2J' }, 'its pooling is x\\x1b[2J'],
    [{}, 'its pooling is not stated'],
  ])('of %j says why it is not supported', (config, unsupportedPooling) => {
    expect(poolingOf(config)).toEqual({ unsupportedPooling });
  });

  it('names a module that is not computed', () => {
    const modules = [...MODULES, moduleOf('Dense', '3_Dense')];
    expect(poolingOf({}, modules)).toEqual({ unsupportedPooling: 'modules.json has the module Dense' });
  });
});

it.each([
  [0, {}],
  [1, { pooling: { method: 'mean', normalize: true } }],
  [2, { unsupportedPooling: 'its pooling is cls' }],
  [3, { pooling: { method: 'last', normalize: true } }],
  [4, { unsupportedPooling: 'its pooling is rank' }],
  [77, { unsupportedPooling: 'its pooling is number 77' }],
])('poolingOfType of %i', (type, expected) => {
  expect(poolingOfType(type)).toEqual(expected);
});
