// A model family is one descriptor: how its files are read, as `formats` asks for it, and one function from a config and
// a table of tensors to a program. It lives in a file of the name that checkpoints give the architecture, and everything
// that is special to the family lives there; what several share is in files that they import.

import type { KvGroup } from '../base/kv-layout.ts';
import type { ModelConfig, TensorInfo } from '../base/model-file.ts';
import type { FamilyFormat } from '../formats/family-format.ts';
import type { Program } from '../program/program.ts';

export interface ModelFamily extends FamilyFormat {
  build(config: ModelConfig, tensors: ReadonlyMap<string, TensorInfo>): Program;
}

/** One KV group that holds every layer: no layer slides. */
export function allLayers(config: ModelConfig): KvGroup {
  const layers = Array.from({ length: config.layers }, (_, layer) => layer);
  return { layers, kvHeads: config.kvHeads, headDim: config.headDim };
}
