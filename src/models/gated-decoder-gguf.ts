// Reads the configuration of a gated decoder from the metadata of a GGUF.

import type { ActivationName, RopeLayout, SlidingWindow } from '../base/model/model-file.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import type { GgufFamilyConfig, GgufFamilyMetadata, GgufFormat } from '../formats/family-format.ts';
import { readGgufRope } from '../formats/gguf/rope.ts';
import type { DecoderExtension } from './gated-decoder-extension.ts';

/** The properties of a family's GGUF files. */
export interface DecoderGguf {
  /** `general.architecture` */
  readonly architecture: string;
  /** `interleaved` if the converter permutes the rows of Q and K, so that the two elements of a pair are adjacent */
  readonly ropeLayout: RopeLayout;
  /** whether a layer uses the file's sliding window; if undefined, files with a window are rejected */
  readonly isWindowLayer: ((layer: number) => boolean) | undefined;
  /** reads the sliding window if the above is not enough */
  readonly readWindow?: (metadata: GgufFamilyMetadata) => SlidingWindow | undefined;
  /** `silu` by default */
  readonly activation?: ActivationName;
  /** keys that `readExtension` handles */
  readonly keys?: readonly string[];
  /** reads what only this family has */
  readonly readExtension?: (metadata: GgufFamilyMetadata) => DecoderExtension;
}

export const WINDOW = 'attention.sliding_window';

/** Returns the GGUF format of a family. */
export const decoderGguf = (family: DecoderGguf): GgufFormat => ({
  architecture: family.architecture,
  ropeLayout: family.ropeLayout,
  keys: [WINDOW, ...(family.keys ?? [])],
  read: (metadata) => readConfig(family, metadata),
});

function readConfig(family: DecoderGguf, metadata: GgufFamilyMetadata): GgufFamilyConfig {
  const { reader, key } = metadata;
  const normEpsilon = reader.positiveNumber(key('attention.layer_norm_rms_epsilon'));
  const rope = readGgufRope(metadata, family.ropeLayout);
  const slidingWindow =
    family.readWindow === undefined ? readSharedWindow(family, metadata) : family.readWindow(metadata);
  return {
    normEpsilon,
    activation: family.activation ?? 'silu',
    rope,
    ...omitUndefined({ slidingWindow }),
    ...family.readExtension?.(metadata),
  };
}

function readSharedWindow(
  { isWindowLayer }: DecoderGguf,
  { reader, key, shape: { layers, contextLength } }: GgufFamilyMetadata,
): SlidingWindow | undefined {
  const size = reader.count(key(WINDOW), 0);
  if (size === 0 || size >= contextLength) return undefined;
  if (isWindowLayer === undefined) throw reader.unsupportedError(key(WINDOW), '0');
  return { size, layers: Array.from({ length: layers }, (_, layer) => isWindowLayer(layer)) };
}
