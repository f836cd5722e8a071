// The sampling options as one table. A row has the names of an option in the library, over HTTP and on the command line, its
// range, default and help text. Everything else is derived from it: the library's type and checks, the schemas of HTTP, the
// chat socket and stored conversations, the flags, the recommendations accepted from model files, the page's inputs and
// the rows of docs/sampling.md. A new option needs a row here and its implementation in the sampler.

interface Option {
  /** the name over HTTP, as in the OpenAI API and vLLM */
  readonly wire: string;
  /** the flag in commander's syntax */
  readonly flag: string;
  /** description for tables, the command line and the API */
  readonly help: string;
  /** the default in words */
  readonly otherwise: string;
  /** the publication or API that defines it */
  readonly source: string;
}

export interface NumberOption extends Option {
  readonly kind: 'number';
  readonly whole: boolean;
  readonly from: number;
  /** whether `from` itself is excluded */
  readonly above?: boolean;
  readonly to: number;
  /** special values outside the range, with their meaning */
  readonly also?: Readonly<Record<number, string>>;
  readonly default?: number;
  /** whether a checkpoint may recommend another default */
  readonly suggested?: boolean;
}

/** The bounds limit the work that a request can cause, with a few large items or many small ones. */
interface ListOption extends Option {
  /** most items */
  readonly most: number;
  /** whether a single item is accepted instead of a list */
  readonly single?: boolean;
}

export interface TextsOption extends ListOption {
  readonly kind: 'texts';
  /** characters of one text */
  readonly longest?: number;
  /** characters of all texts */
  readonly maxTotalLength?: number;
}

export interface TokensOption extends ListOption {
  readonly kind: 'tokens';
}

export interface SequencesOption extends ListOption {
  readonly kind: 'sequences';
  /** ids of all sequences */
  readonly maxTotalLength: number;
}

export interface BiasesOption extends ListOption {
  readonly kind: 'biases';
  /** absolute value of one bias */
  readonly largest: number;
}

export type SamplingOption = NumberOption | TextsOption | TokensOption | SequencesOption | BiasesOption;

/** Biases by token id: a record, or pairs of token and bias, each token once; -Infinity forbids. */
export type LogitBias = Readonly<Record<number, number>> | Iterable<readonly [token: number, bias: number]>;

/** The library's type for an option of each kind. */
export interface SamplingValues {
  readonly number: number;
  readonly texts: readonly string[];
  readonly tokens: readonly number[];
  readonly sequences: readonly (readonly number[])[];
  readonly biases: LogitBias;
}

export const ANY = Number.MAX_SAFE_INTEGER;

// A penalty divides and multiplies 32-bit floats: below 0.01 they would overflow.
const LEAST_PENALTY = 0.01;

export const SAMPLING_OPTIONS = {
  /** maximum number of generated tokens; -1 means as many as fit in the context, 0 computes nothing */
  maxTokens: {
    kind: 'number',
    wire: 'max_tokens',
    flag: '--max-tokens <n>',
    help: 'maximum number of tokens of the answer; 0 computes nothing, -1 means as many as fit in the context',
    otherwise: 'as many as fit in the context',
    source: 'OpenAI',
    whole: true,
    from: 0,
    to: ANY,
    also: { [-1]: 'as many as fit in the context' },
  },
  /** minimum number of tokens before an end token or one of `stopTokens` can be generated; at most `maxTokens` */
  minTokens: {
    kind: 'number',
    wire: 'min_tokens',
    flag: '--min-tokens <n>',
    help: 'minimum number of tokens before an end token or a stop token; at most the maximum number of tokens',
    otherwise: '0',
    source: 'transformers `min_new_tokens`, vLLM',
    whole: true,
    from: 0,
    to: ANY,
    default: 0,
  },
  /** divides the logits; 0 always selects the most probable token */
  temperature: {
    kind: 'number',
    wire: 'temperature',
    flag: '--temperature <t>',
    help: 'divides the logits; 0 always selects the most probable token',
    otherwise: '1',
    source: 'Ackley, Hinton, Sejnowski 1985',
    whole: false,
    from: 0,
    to: 100,
    default: 1,
    suggested: true,
  },
  /** keeps the k most probable tokens; 0, -1 and values above the vocabulary size keep all */
  topK: {
    kind: 'number',
    wire: 'top_k',
    flag: '--top-k <k>',
    help: 'keeps the k most probable tokens, and those equal to the last of them; 0, -1 and values above the vocabulary size keep all',
    otherwise: '0',
    source: 'Fan, Lewis, Dauphin 2018',
    whole: true,
    from: 0,
    to: ANY,
    also: { [-1]: 'all' },
    default: 0,
    suggested: true,
  },
  /** keeps the smallest set of the most probable tokens whose probabilities sum to at least p; in (0, 1], 1 keeps all */
  topP: {
    kind: 'number',
    wire: 'top_p',
    flag: '--top-p <p>',
    help: 'keeps the smallest set of the most probable tokens whose probabilities sum to at least p, lower ids first among equals; 1 keeps all',
    otherwise: '1',
    source: 'Holtzman et al. 2019',
    whole: false,
    from: 0,
    above: true,
    to: 1,
    default: 1,
    suggested: true,
  },
  /** drops tokens less probable than this fraction of the most probable one; in [0, 1], 0 keeps all */
  minP: {
    kind: 'number',
    wire: 'min_p',
    flag: '--min-p <p>',
    help: 'drops tokens less probable than this fraction of the most probable one; 0 keeps all',
    otherwise: '0',
    source: 'Nguyen et al. 2024',
    whole: false,
    from: 0,
    to: 1,
    default: 0,
    suggested: true,
  },
  /** keeps the smallest set of the most typical tokens whose probabilities sum to at least p; in (0, 1], 1 keeps all */
  typicalP: {
    kind: 'number',
    wire: 'typical_p',
    flag: '--typical-p <p>',
    help: 'keeps the smallest set of tokens whose probabilities sum to at least p, those with information content closest to the entropy first; 1 keeps all',
    otherwise: '1',
    source: 'Meister et al. 2022',
    whole: false,
    from: 0,
    above: true,
    to: 1,
    default: 1,
    suggested: true,
  },
  /** divides positive and multiplies negative logits of each token in the prompt or answer; 1 has no effect */
  repetitionPenalty: {
    kind: 'number',
    wire: 'repetition_penalty',
    flag: '--repetition-penalty <r>',
    help: 'penalizes each token that occurs in the prompt or the answer, once; above 1 makes it less probable, 1 has no effect',
    otherwise: '1',
    source: 'Keskar et al. 2019',
    whole: false,
    from: LEAST_PENALTY,
    to: 10,
    default: 1,
    suggested: true,
  },
  /** subtracted from the logit of each token that was generated; -2 to 2 */
  presencePenalty: {
    kind: 'number',
    wire: 'presence_penalty',
    flag: '--presence-penalty <n>',
    help: 'subtracted from the logit of each token that occurs in the answer',
    otherwise: '0',
    source: 'OpenAI, vLLM',
    whole: false,
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
    otherwise: '0',
    source: 'OpenAI, vLLM',
    whole: false,
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
    otherwise: 'none',
    source: 'OpenAI',
    most: 1024,
    largest: 100,
  },
  /** texts that must not be generated, each as the tokenizer encodes it, with and without a space before it */
  badWords: {
    kind: 'texts',
    wire: 'bad_words',
    flag: '--bad-word <text>',
    help: 'texts that must not be generated',
    otherwise: 'none',
    source: 'transformers `bad_words_ids`',
    most: 1024,
    maxTotalLength: 65_536, // each is tokenized twice before the request is queued
  },
  /** token sequences that must not be generated: the last token is forbidden after all the others */
  badTokens: {
    kind: 'sequences',
    wire: 'bad_token_ids',
    flag: '--bad-tokens <ids>',
    help: 'sequences of token ids that must not be generated',
    otherwise: 'none',
    source: 'transformers `bad_words_ids`',
    most: 1024,
    maxTotalLength: 16_384, // each sequence is checked for each token
  },
  /** the answer ends before any of these strings; none of it is emitted */
  stop: {
    kind: 'texts',
    wire: 'stop',
    flag: '--stop <text>',
    help: 'the answer ends before the first of these texts, even within its first token',
    otherwise: 'none',
    source: 'OpenAI',
    most: 64,
    longest: 4096, // the end of an answer is compared with it
    single: true,
  },
  /** the answer ends at any of these ids, in addition to the model's end tokens */
  stopTokens: {
    kind: 'tokens',
    wire: 'stop_token_ids',
    flag: '--stop-token <id>',
    help: "the answer ends at any of these token ids, in addition to the model's end tokens",
    otherwise: 'none',
    source: 'vLLM',
    most: 64,
  },
  /** a safe integer, at least 0; random when absent or -1, and reported in the result */
  seed: {
    kind: 'number',
    wire: 'seed',
    flag: '--seed <n>',
    help: 'seed of the random numbers: the same seed gives the same answer, alone or in a batch; -1 means random',
    otherwise: 'random, and reported in the result',
    source: 'Salmon et al. 2011 (Philox)',
    whole: true,
    from: 0,
    to: ANY,
    also: { [-1]: 'random' },
  },
  /** reports the log-probability of each token, and those of this many most probable alternatives; 0 to 20 */
  logprobs: {
    kind: 'number',
    wire: 'logprobs',
    flag: '--logprobs <n>',
    help: 'reports the log-probability of each token and of the n most probable tokens at its position',
    otherwise: 'not reported',
    source: 'OpenAI',
    whole: true,
    from: 0,
    to: 20,
  },
} as const satisfies Readonly<Record<string, SamplingOption>>;

export type SamplingOptionName = keyof typeof SAMPLING_OPTIONS;

export type NumberOptionName = {
  [Name in SamplingOptionName]: (typeof SAMPLING_OPTIONS)[Name]['kind'] extends 'number' ? Name : never;
}[SamplingOptionName];

/** All options are optional. Values out of range are rejected with `bad_option`, never clamped. */
export type SamplingOptions = {
  readonly [Name in SamplingOptionName]?: SamplingValues[(typeof SAMPLING_OPTIONS)[Name]['kind']];
};

export const SAMPLING_OPTION_NAMES = Object.keys(SAMPLING_OPTIONS) as readonly SamplingOptionName[];

export const samplingOption = (name: SamplingOptionName): SamplingOption => SAMPLING_OPTIONS[name];

export const numberOption = (name: NumberOptionName): NumberOption => SAMPLING_OPTIONS[name];

export const isNumberOption = (name: SamplingOptionName): name is NumberOptionName =>
  samplingOption(name).kind === 'number';

/** Returns the token limit of an answer; undefined, for absent or -1, means as many as fit in the context. */
export const answerLimit = (maxTokens: number | undefined): number | undefined =>
  maxTokens === -1 ? undefined : maxTokens;
