// The sampling options as one table. A row contains the names of an option in the library, over HTTP and on the command line, its
// range, default and help text. The table defines the types and checks of the library, the schemas of HTTP, the chat socket and
// stored conversations, the command-line flags, the defaults that model files may recommend, the inputs of the page, and the
// table in docs/sampling.md. A new option needs a row here and an implementation in the sampler.

interface Option {
  /** the name over HTTP, as in the OpenAI API and vLLM */
  readonly wire: string;
  /** the flag in commander's syntax */
  readonly flag: string;
  /** description for tables, the command line and the API */
  readonly help: string;
  /** the default in words, for documentation */
  readonly defaultText: string;
  /** the publication or API that defines the option */
  readonly source: string;
}

export interface NumberOption extends Option {
  readonly kind: 'number';
  readonly integer: boolean;
  readonly from: number;
  /** whether the value `from` is excluded */
  readonly exclusive?: boolean;
  readonly to: number;
  /** valid values outside the range, with their meaning */
  readonly exceptions?: Readonly<Record<number, string>>;
  readonly default?: number;
  /** whether a model file may recommend another default */
  readonly recommendable?: boolean;
}

/** An option that is a list. The limits bound the work that a request can cause with a few large items or many small items. */
interface ListOption extends Option {
  /** maximum number of items */
  readonly maxItems: number;
  /** whether a single item is accepted instead of a list */
  readonly single?: boolean;
}

export interface TextsOption extends ListOption {
  readonly kind: 'texts';
  /** maximum number of characters of one text */
  readonly maxLength?: number;
  /** maximum number of characters of all texts together */
  readonly maxTotalLength?: number;
}

export interface TokensOption extends ListOption {
  readonly kind: 'tokens';
}

export interface SequencesOption extends ListOption {
  readonly kind: 'sequences';
  /** maximum number of ids of all sequences together */
  readonly maxTotalLength: number;
}

export interface BiasesOption extends ListOption {
  readonly kind: 'biases';
  /** maximum absolute value of a bias, except -Infinity */
  readonly maxBias: number;
}

export type SamplingOption = NumberOption | TextsOption | TokensOption | SequencesOption | BiasesOption;

/** Biases by token id, as a record or as pairs of token id and bias. A token may occur once. -Infinity forbids a token. */
export type LogitBias = Readonly<Record<number, number>> | Iterable<readonly [token: number, bias: number]>;

/** The library's type for an option of each kind. */
export interface SamplingValues {
  readonly number: number;
  readonly texts: readonly string[];
  readonly tokens: readonly number[];
  readonly sequences: readonly (readonly number[])[];
  readonly biases: LogitBias;
}

export const UNLIMITED = Number.MAX_SAFE_INTEGER;

// Penalties divide and multiply logits, which are 32-bit floats; with a penalty below 0.01 these could overflow.
const MIN_PENALTY = 0.01;

export const SAMPLING_OPTIONS = {
  /** maximum number of generated tokens; -1 means as many as fit in the context, 0 computes nothing */
  maxTokens: {
    kind: 'number',
    wire: 'max_tokens',
    flag: '--max-tokens <n>',
    help: 'maximum number of tokens of the answer; 0 computes nothing, -1 means as many as fit in the context',
    defaultText: 'as many as fit in the context',
    source: 'OpenAI',
    integer: true,
    from: 0,
    to: UNLIMITED,
    exceptions: { [-1]: 'as many as fit in the context' },
  },
  /** minimum number of tokens before an end token or one of `stopTokens` can be generated; at most `maxTokens` */
  minTokens: {
    kind: 'number',
    wire: 'min_tokens',
    flag: '--min-tokens <n>',
    help: 'minimum number of tokens before an end token or a stop token; at most the maximum number of tokens',
    defaultText: '0',
    source: 'transformers `min_new_tokens`, vLLM',
    integer: true,
    from: 0,
    to: UNLIMITED,
    default: 0,
  },
  /** divides the logits; 0 always selects the most probable token */
  temperature: {
    kind: 'number',
    wire: 'temperature',
    flag: '--temperature <t>',
    help: 'divides the logits; 0 always selects the most probable token',
    defaultText: '1',
    source: 'Ackley, Hinton, Sejnowski 1985',
    integer: false,
    from: 0,
    to: 100,
    default: 1,
    recommendable: true,
  },
  /** keeps the k most probable tokens; 0, -1 and values above the vocabulary size keep all */
  topK: {
    kind: 'number',
    wire: 'top_k',
    flag: '--top-k <k>',
    help: 'keeps the k most probable tokens, and those equal to the last of them; 0, -1 and values above the vocabulary size keep all',
    defaultText: '0',
    source: 'Fan, Lewis, Dauphin 2018',
    integer: true,
    from: 0,
    to: UNLIMITED,
    exceptions: { [-1]: 'all' },
    default: 0,
    recommendable: true,
  },
  /** keeps the smallest set of the most probable tokens whose probabilities sum to at least p; in (0, 1], 1 keeps all */
  topP: {
    kind: 'number',
    wire: 'top_p',
    flag: '--top-p <p>',
    help: 'keeps the smallest set of the most probable tokens whose probabilities sum to at least p, lower ids first among equals; 1 keeps all',
    defaultText: '1',
    source: 'Holtzman et al. 2019',
    integer: false,
    from: 0,
    exclusive: true,
    to: 1,
    default: 1,
    recommendable: true,
  },
  /** drops tokens less probable than this fraction of the most probable token; in [0, 1], 0 keeps all */
  minP: {
    kind: 'number',
    wire: 'min_p',
    flag: '--min-p <p>',
    help: 'drops tokens less probable than this fraction of the most probable one; 0 keeps all',
    defaultText: '0',
    source: 'Nguyen et al. 2024',
    integer: false,
    from: 0,
    to: 1,
    default: 0,
    recommendable: true,
  },
  /** keeps the smallest set of the most typical tokens whose probabilities sum to at least p; in (0, 1], 1 keeps all */
  typicalP: {
    kind: 'number',
    wire: 'typical_p',
    flag: '--typical-p <p>',
    help: 'keeps the smallest set of tokens whose probabilities sum to at least p, those with information content closest to the entropy first; 1 keeps all',
    defaultText: '1',
    source: 'Meister et al. 2022',
    integer: false,
    from: 0,
    exclusive: true,
    to: 1,
    default: 1,
    recommendable: true,
  },
  /** divides positive and multiplies negative logits of each token in the prompt or answer; 1 has no effect */
  repetitionPenalty: {
    kind: 'number',
    wire: 'repetition_penalty',
    flag: '--repetition-penalty <r>',
    help: 'penalizes each token that occurs in the prompt or the answer, once; above 1 makes it less probable, 1 has no effect',
    defaultText: '1',
    source: 'Keskar et al. 2019',
    integer: false,
    from: MIN_PENALTY,
    to: 10,
    default: 1,
    recommendable: true,
  },
  /** subtracted from the logit of each token that was generated; -2 to 2 */
  presencePenalty: {
    kind: 'number',
    wire: 'presence_penalty',
    flag: '--presence-penalty <n>',
    help: 'subtracted from the logit of each token that occurs in the answer',
    defaultText: '0',
    source: 'OpenAI, vLLM',
    integer: false,
    from: -2,
    to: 2,
    default: 0,
  },
  /** subtracted from the logit of a token for each time it was generated; -2 to 2 */
  frequencyPenalty: {
    kind: 'number',
    wire: 'frequency_penalty',
    flag: '--frequency-penalty <n>',
    help: 'subtracted from the logit of a token for each time it occurs in the answer',
    defaultText: '0',
    source: 'OpenAI, vLLM',
    integer: false,
    from: -2,
    to: 2,
    default: 0,
  },
  /** added to the logits of the given tokens: -100 to 100, or -Infinity, which forbids the token */
  logitBias: {
    kind: 'biases',
    wire: 'logit_bias',
    flag: '--logit-bias <id=value>',
    help: 'added to the logits of the given tokens; -Infinity forbids a token',
    defaultText: 'none',
    source: 'OpenAI',
    maxItems: 1024,
    maxBias: 100,
  },
  /** texts that must not be generated, each as the tokenizer encodes it, with and without a space before it */
  badWords: {
    kind: 'texts',
    wire: 'bad_words',
    flag: '--bad-word <text>',
    help: 'texts that must not be generated',
    defaultText: 'none',
    source: 'transformers `bad_words_ids`',
    maxItems: 1024,
    maxTotalLength: 65_536, // each text is tokenized twice before the request is queued
  },
  /** token sequences that must not be generated: the last token of a sequence is forbidden after the other tokens */
  badTokens: {
    kind: 'sequences',
    wire: 'bad_token_ids',
    flag: '--bad-tokens <ids>',
    help: 'sequences of token ids that must not be generated',
    defaultText: 'none',
    source: 'transformers `bad_words_ids`',
    maxItems: 1024,
    maxTotalLength: 16_384, // each sequence is checked for each generated token
  },
  /** the answer ends before any of these strings, and no part of the string is emitted */
  stop: {
    kind: 'texts',
    wire: 'stop',
    flag: '--stop <text>',
    help: 'the answer ends before the first of these texts, even within its first token',
    defaultText: 'none',
    source: 'OpenAI',
    maxItems: 64,
    maxLength: 4096, // the end of an answer is compared with the text
    single: true,
  },
  /** the answer ends at any of these ids, in addition to the model's end tokens */
  stopTokens: {
    kind: 'tokens',
    wire: 'stop_token_ids',
    flag: '--stop-token <id>',
    help: "the answer ends at any of these token ids, in addition to the model's end tokens",
    defaultText: 'none',
    source: 'vLLM',
    maxItems: 64,
  },
  /** seed of the random numbers: a safe integer of at least 0; random if absent or -1; reported in the result */
  seed: {
    kind: 'number',
    wire: 'seed',
    flag: '--seed <n>',
    help: 'seed of the random numbers: the same seed gives the same answer, alone or in a batch; -1 means random',
    defaultText: 'random, and reported in the result',
    source: 'Salmon et al. 2011 (Philox)',
    integer: true,
    from: 0,
    to: UNLIMITED,
    exceptions: { [-1]: 'random' },
  },
  /** reports the log-probability of each token and of the n most probable tokens at its position; 0 to 20 */
  logprobs: {
    kind: 'number',
    wire: 'logprobs',
    flag: '--logprobs <n>',
    help: 'reports the log-probability of each token and of the n most probable tokens at its position',
    defaultText: 'not reported',
    source: 'OpenAI',
    integer: true,
    from: 0,
    to: 20,
  },
} as const satisfies Readonly<Record<string, SamplingOption>>;

export type SamplingOptionName = keyof typeof SAMPLING_OPTIONS;

export type NumberOptionName = {
  [Name in SamplingOptionName]: (typeof SAMPLING_OPTIONS)[Name]['kind'] extends 'number' ? Name : never;
}[SamplingOptionName];

/** Sampling options. A value out of range is rejected with `bad_option`, never clamped. */
export type SamplingOptions = {
  // `keyof typeof`, not the alias: only then does TypeScript keep the documentation of the properties, which editors show.
  readonly [Name in keyof typeof SAMPLING_OPTIONS]?: SamplingValues[(typeof SAMPLING_OPTIONS)[Name]['kind']];
};

export const SAMPLING_OPTION_NAMES = Object.keys(SAMPLING_OPTIONS) as readonly SamplingOptionName[];

export const samplingOption = (name: SamplingOptionName): SamplingOption => SAMPLING_OPTIONS[name];

export const numberOption = (name: NumberOptionName): NumberOption => SAMPLING_OPTIONS[name];

export const isNumberOption = (name: SamplingOptionName): name is NumberOptionName =>
  samplingOption(name).kind === 'number';

/** Returns the token limit of an answer. Undefined means as many tokens as fit in the context, which -1 requests. */
export const answerTokenLimit = (maxTokens: number | undefined): number | undefined =>
  maxTokens === -1 ? undefined : maxTokens;
