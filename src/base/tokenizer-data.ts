// A tokenizer as a checkpoint brings it, before anything is built from it: either the files of a Hugging
// Face folder or the arrays of a GGUF. `formats` fills it in and `text` builds a tokenizer from it.

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

interface TokenizerFacts {
  readonly bosId?: number;
  /** any of these ends an answer; may be empty */
  readonly eosIds: readonly number[];
  /** a raw prompt starts with `bosId` */
  readonly addBos: boolean;
  /** jinja source */
  readonly chatTemplate?: string;
}

/** `tokenizer.json` and `tokenizer_config.json`, parsed. */
export interface TokenizerFiles extends TokenizerFacts {
  readonly kind: 'files';
  readonly definition: JsonObject;
  readonly settings: JsonObject;
}

/** The `tokenizer.ggml.*` arrays of a GGUF. */
export interface TokenizerVocabulary extends TokenizerFacts {
  readonly kind: 'vocabulary';
  /** `gpt2` is byte-level BPE, `llama` is SentencePiece with byte fallback */
  readonly model: string;
  /** name of the pre-tokenizer, for `gpt2` */
  readonly pre: string | undefined;
  readonly tokens: readonly string[];
  /** 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte. [tokens] */
  readonly tokenTypes: Int32Array;
  /** SentencePiece scores. [tokens] or absent */
  readonly scores: Float32Array | undefined;
  /** `left right` in order of rank, or absent */
  readonly merges: readonly string[] | undefined;
  /** a space is put before the text */
  readonly addSpacePrefix: boolean;
  readonly unknownId?: number;
}

export type TokenizerData = TokenizerFiles | TokenizerVocabulary;
