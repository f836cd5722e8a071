// A tokenizer as a checkpoint brings it, before anything is built from it: either the files of a Hugging
// Face folder or the arrays of a GGUF. `formats` fills it in and `text` builds a tokenizer from it.

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** What a checkpoint says about turning messages into a prompt. */
export interface ChatTemplateData {
  /** jinja sources by name; `default` is the usual one. Absent where the checkpoint brings none */
  readonly chatTemplates?: ReadonlyMap<string, string>;
  /** spelling of the padding token, for templates that write it */
  readonly padToken?: string;
  /** spelling of the unknown token, for templates that write it */
  readonly unknownToken?: string;
}

export interface TokenizerFacts extends ChatTemplateData {
  readonly bosId?: number;
  /** any of these ends an answer; may be empty */
  readonly eosIds: readonly number[];
  /** a raw prompt starts with `bosId` */
  readonly addBos: boolean;
}

/** The JSON files of a Hugging Face folder. */
export interface TokenizerFiles extends TokenizerFacts {
  readonly kind: 'files';
  /** tokenizer.json as the files beside it complete it */
  readonly definition: JsonObject;
}

/** White space that a token swallows when it is matched as a whole string. */
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
  /** a space is put before the text */
  readonly addSpacePrefix: boolean;
  /** runs of spaces count as one, those at the ends of a text as none; false where absent */
  readonly removeExtraSpaces?: boolean;
  readonly unknownId?: number;
  /** user-defined tokens that are looked for in the normalized text, as SentencePiece does; none where absent */
  readonly normalizedIds?: ReadonlySet<number>;
  /** by id, of the tokens that swallow white space */
  readonly strips?: ReadonlyMap<number, TokenStrip>;
}

export type TokenizerData = TokenizerFiles | TokenizerVocabulary;
