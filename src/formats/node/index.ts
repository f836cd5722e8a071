// `quire-llm/formats`: model files by themselves, read and written.

export type { ByteSource } from '../../base/byte-source.ts';
export { DTYPE_NAMES, type DtypeName } from '../../base/dtypes.ts';
export type {
  GenerationDefaults,
  ModelConfig,
  ModelFile,
  SlidingWindow,
  TensorInfo,
} from '../../base/model-file.ts';
export type { TokenizerData, TokenizerFiles, TokenizerVocabulary } from '../../base/tokenizer-data.ts';
export { type OpenSource, openGguf } from '../gguf.ts';
export { VALUE_TYPE, type ValueType } from '../gguf-types.ts';
export type { NumberType, TensorToWrite, TypedValue } from '../gguf-writer.ts';
export { openModelFile, openTokenizer } from './open-model.ts';
export { type GgufToWrite, writeGguf } from './write-gguf.ts';
