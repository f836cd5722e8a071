// `quire-llm/formats`: reads and writes model files without an engine. This entry point is in `models` and not in
// `formats`, because reading a file requires the descriptors of the families.

export { DTYPE_NAMES, type DtypeName } from '../../base/model/dtypes.ts';
export type {
  GenerationDefaults,
  ModelConfig,
  ModelFile,
  Multipliers,
  SlidingWindow,
  SoftCaps,
  TensorInfo,
} from '../../base/model/model-file.ts';
export type { PoolingConfig, PoolingMethod } from '../../base/model/pooling.ts';
export type { TokenizerData, TokenizerFiles, TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';
export type { ByteSource } from '../../formats/byte-source.ts';
export type { OpenSource } from '../../formats/gguf/open.ts';
export { VALUE_TYPE, type ValueType } from '../../formats/gguf/types.ts';
export type { NumberType, TensorToWrite, TypedValue } from '../../formats/gguf/writer.ts';
export { openTokenizer } from '../../formats/node/open-model.ts';
export { type GgufToWrite, type WriteGgufOptions, writeGguf } from '../../formats/node/write-gguf.ts';
export { openGguf } from '../open-gguf.ts';
export { openModelFile } from './open-model-file.ts';
