// A model family is one descriptor: a description of its files (`FamilyFormat`), and a function that builds a program
// from a config and a tensor table. The source file of a family is named after its architecture and contains all code
// that is specific to the family; code for several families is in files that they import.

import type { KvGroup } from '../base/model/kv-layout.ts';
import type { ModelConfig, TensorInfo } from '../base/model/model-file.ts';
import type { FamilyFormat } from '../formats/family-format.ts';
import type { Attention } from '../program/operations.ts';
import type { Program } from '../program/program.ts';

export interface ModelFamily extends FamilyFormat {
  /** Builds the program of a model. Throws `missing_tensor`, `bad_tensor_shape` or `unsupported_config`. */
  build(config: ModelConfig, tensors: ReadonlyMap<string, TensorInfo>): Program;
}

/**
 * Returns the KV groups of a model: the layers that attend to all tokens, and those with a window. Omits an empty
 * group.
 */
export function kvGroupsOf({ layers, kvHeads, headDim, slidingWindow }: ModelConfig): KvGroup[] {
  const allLayers = Array.from({ length: layers }, (_, layer) => layer);
  if (slidingWindow === undefined) return [{ layers: allLayers, kvHeads, headDim, keeps: 'all' }];
  const usesWindow = (layer: number): boolean => slidingWindow.layers[layer] === true;
  const groups: KvGroup[] = [
    { layers: allLayers.filter((layer) => !usesWindow(layer)), kvHeads, headDim, keeps: 'all' },
    { layers: allLayers.filter(usesWindow), kvHeads, headDim, keeps: { window: slidingWindow.size } },
  ];
  return groups.filter((group) => group.layers.length > 0);
}

/** Returns the KV group of a layer, its index in the group, and the window of the group. */
export function groupOfLayer(groups: readonly KvGroup[], layer: number): LayerGroup {
  const group = groups.findIndex(({ layers }) => layers.includes(layer));
  const { layers, keeps } = groups[group]!;
  const window = keeps === 'all' ? undefined : keeps.window;
  return { group, layerInGroup: layers.indexOf(layer), window };
}

export type LayerGroup = Pick<Attention, 'group' | 'layerInGroup' | 'window'>;
