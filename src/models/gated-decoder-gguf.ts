// The configuration of a gated decoder in the metadata of a GGUF, as far as its families share it.

import type { RopeLayout, SlidingWindow } from '../base/model/model-file.ts';
import type { GgufFamilyConfig, GgufFamilyMetadata, GgufFormat } from '../formats/family-format.ts';
import { readGgufRope } from '../formats/gguf/rope.ts';

/** What a family says of its GGUF files. */
export interface DecoderGguf {
  /** `general.architecture` */
  readonly architecture: string;
  /** `interleaved` where the converter permutes the rows of Q and K, so that the pairs of a head stand side by side */
  readonly ropeLayout: RopeLayout;
  /** the layers that a window is meant for; undefined where the files do not say it, so that a window is refused */
  readonly slides: ((layer: number) => boolean) | undefined;
}

const WINDOW = 'attention.sliding_window';

/** @param ropeLayers which layers rotate queries and keys, where not all do; files do not say it */
export function decoderGguf(
  family: DecoderGguf,
  ropeLayers: ((layers: number) => readonly boolean[]) | undefined,
): GgufFormat {
  return {
    architecture: family.architecture,
    keys: [WINDOW],
    read(metadata) {
      const config = readConfig(family, metadata);
      if (ropeLayers === undefined) return config;
      return { ...config, ropeLayers: ropeLayers(metadata.shape.layers) };
    },
  };
}

function readConfig(family: DecoderGguf, metadata: GgufFamilyMetadata): GgufFamilyConfig {
  const { reader, key } = metadata;
  const normEpsilon = reader.positive(key('attention.layer_norm_rms_epsilon'));
  const rope = readGgufRope(metadata, family.ropeLayout);
  const slidingWindow = readWindow(family, metadata);
  const common = { normEpsilon, activation: 'silu', rope } as const;
  return slidingWindow === undefined ? common : { ...common, slidingWindow };
}

function readWindow(
  { slides }: DecoderGguf,
  { reader, key, shape: { layers, contextLength } }: GgufFamilyMetadata,
): SlidingWindow | undefined {
  const size = reader.count(key(WINDOW), 0);
  if (size === 0 || size >= contextLength) return undefined;
  if (slides === undefined) throw reader.unsupported(key(WINDOW), 'no window');
  return { size, layers: Array.from({ length: layers }, (_, layer) => slides(layer)) };
}
