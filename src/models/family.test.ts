import { expect, it } from 'vitest';
import { groupOfLayer, kvGroupsOf } from './family.ts';
import { TINY_CONFIG } from './tiny-decoder-fixture.ts';

const groups = (layers: readonly boolean[]) =>
  kvGroupsOf({ ...TINY_CONFIG, layers: layers.length, slidingWindow: { size: 7, layers } });

it('kvGroupsOf puts layers with full attention and layers with a window into separate groups', () => {
  expect(groups([true, false, true])).toEqual([
    { layers: [1], kvHeads: 1, headDim: 4, keeps: 'all' },
    { layers: [0, 2], kvHeads: 1, headDim: 4, keeps: { window: 7 } },
  ]);
});

it('kvGroupsOf returns no empty group', () => {
  expect(groups([true, true])).toEqual([{ layers: [0, 1], kvHeads: 1, headDim: 4, keeps: { window: 7 } }]);
  expect(groups([false])).toEqual(kvGroupsOf({ ...TINY_CONFIG, layers: 1 }));
});

it('groupOfLayer returns the group of a layer, its index in the group, and its window', () => {
  const threeLayerGroups = groups([true, false, true]);
  expect(groupOfLayer(threeLayerGroups, 2)).toEqual({ group: 1, layerInGroup: 1, window: 7 });
  expect(groupOfLayer(threeLayerGroups, 1)).toEqual({ group: 0, layerInGroup: 0, window: undefined });
});
