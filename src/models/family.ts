// A model family is one descriptor: how its files are read, as `formats` asks for it, and one function from a config and
// a table of tensors to a program. It lives in a file of the name that checkpoints give the architecture, and everything
// that is special to the family lives there; what several share is in files that they import.

import type { KvGroup } from '../base/model/kv-layout.ts';
import type { ModelConfig, TensorInfo } from '../base/model/model-file.ts';
import type { FamilyFormat } from '../formats/family-format.ts';
import type { Attention } from '../program/operations.ts';
import type { Program } from '../program/program.ts';

export interface ModelFamily extends FamilyFormat {
  build(config: ModelConfig, tensors: ReadonlyMap<string, TensorInfo>): Program;
}

/** The groups of layers by what they keep: those that attend to everything, then those that slide, as far as there are any. */
export function kvGroupsOf({ layers, kvHeads, headDim, slidingWindow }: ModelConfig): KvGroup[] {
  const all = Array.from({ length: layers }, (_, layer) => layer);
  if (slidingWindow === undefined) return [{ layers: all, kvHeads, headDim, keeps: 'all' }];
  const slides = (layer: number): boolean => slidingWindow.layers[layer] === true;
  const groups: KvGroup[] = [
    { layers: all.filter((layer) => !slides(layer)), kvHeads, headDim, keeps: 'all' },
    { layers: all.filter(slides), kvHeads, headDim, keeps: { window: slidingWindow.size } },
  ];
  return groups.filter((group) => group.layers.length > 0);
}

/** The group of a layer, and which of its layers it is. */
export function placeOf(groups: readonly KvGroup[], layer: number): LayerPlace {
  const group = groups.findIndex(({ layers }) => layers.includes(layer));
  const { layers, keeps } = groups[group]!;
  const window = keeps === 'all' ? undefined : keeps.window;
  return { group, layerInGroup: layers.indexOf(layer), window };
}

export type LayerPlace = Pick<Attention, 'group' | 'layerInGroup' | 'window'>;
