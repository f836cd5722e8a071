// The tokenizer data of a checkpoint: either the files of a Hugging Face folder or the arrays of a GGUF. src/formats
// reads it, and src/text builds a tokenizer from it.

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** The chat templates of a checkpoint and the texts of the tokens that they use. */
export interface ChatTemplateData {
  /** Jinja sources by name; `default` is used if no name is requested. Absent when the checkpoint has no template */
  readonly chatTemplates?: ReadonlyMap<string, string>;
  /** text of the padding token, for templates that use it */
  readonly padToken?: string;
  /** text of the unknown token, for templates that use it */
  readonly unknownToken?: string;
}

export interface TokenizerFacts extends ChatTemplateData {
  readonly bosId?: number;
  /** tokens that end an answer; may be empty */
  readonly eosIds: readonly number[];
  /** whether encoding a raw prompt prepends `bosId` */
  readonly addBos: boolean;
  /** token that ends a text whose embedding is computed; absent if none is appended */
  readonly textEndId?: number;
}

/** The JSON files of a Hugging Face folder. */
export interface TokenizerFiles extends TokenizerFacts {
  readonly kind: 'files';
  /** tokenizer.json, completed with the data of the other files */
  readonly definition: JsonObject;
}

/** Whether an added token also matches the white space on its left or right: `lstrip` and `rstrip` of Hugging Face. */
export interface TokenStrip {
  readonly left: boolean;
  readonly right: boolean;
}

/** The `tokenizer.ggml.*` arrays of a GGUF, or a tokenizer.model in the same form. */
export interface TokenizerVocabulary extends TokenizerFacts {
  readonly kind: 'vocabulary';
  /** `gpt2` is byte-level BPE, `llama` is SentencePiece with byte fallback, `gemma4` BPE over characters */
  readonly model: string;
  /** name of the pre-tokenizer, for `gpt2`; absent means `default` */
  readonly pre: string | undefined;
  readonly tokens: readonly string[];
  /** 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte. [tokens] */
  readonly tokenTypes: Int32Array;
  /** SentencePiece scores. [tokens] or absent */
  readonly scores: Float32Array | undefined;
  /** `left right` in order of rank, or absent */
  readonly merges: readonly string[] | undefined;
  /** whether a space is prepended to the text */
  readonly addSpacePrefix: boolean;
  /** whether several spaces become one, and spaces at both ends are removed; false when absent */
  readonly removeExtraSpaces?: boolean;
  readonly unknownId?: number;
  /** user-defined tokens that are matched in the normalized text, as in SentencePiece; none when absent */
  readonly normalizedIds?: ReadonlySet<number>;
  /** of the tokens with `lstrip` or `rstrip`, by id */
  readonly strips?: ReadonlyMap<number, TokenStrip>;
}

export type TokenizerData = TokenizerFiles | TokenizerVocabulary;
