// The representation of a LoRA adapter, the same for all formats.

import type { RopeLayout, TensorInfo } from './model-file.ts';

/** The largest supported rank. */
export const MAX_LORA_RANK = 256;

/** The change of one linear layer: scale * b a is added to its weights. */
export interface AdapterModule {
  /** [rank, inputs] */
  readonly a: TensorInfo;
  /** [outputs, rank] */
  readonly b: TensorInfo;
  readonly scale: number;
}

export interface AdapterFile {
  /** path of the file or folder, for messages */
  readonly source: string;
  /** by the names of the layers: those of their tensors in the checkpoint, without `.weight` */
  readonly modules: ReadonlyMap<string, AdapterModule>;
  /** Fills `target` with whole rows of a tensor, from byte `from` of its data on, by default 0. */
  readInto(tensor: string, target: Uint8Array, from?: number): Promise<void>;
  close(): Promise<void>;
}

/** What a loaded model requires of an adapter. */
export interface AdapterTargets {
  /** architecture of the model */
  readonly architecture: string;
  /** Returns the shape of the weight of a layer, [outputs, inputs]; undefined if the model has no such layer. */
  shapeOf(module: string): readonly [number, number] | undefined;
  /** order of the rows of Q and K in the model */
  readonly ropeLayout: RopeLayout | undefined;
  readonly headDim: number;
}
