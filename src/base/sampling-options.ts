// The numbers that a caller may choose sampling by, as one table: name, range, default, what HTTP calls it. The library's
// checks, the schemas of HTTP and of the chat socket, what a stored conversation may hold and what a model file may
// suggest are all derived from it, so that nothing which one of them lets in is refused deeper down. docs/sampling.md
// shows the same rows.

/** How one numeric option is written and what it takes. */
export interface NumberOption {
  /** under which HTTP has it, as OpenAI and vLLM do */
  readonly wire: string;
  readonly whole: boolean;
  readonly from: number;
  /** `from` itself is not taken */
  readonly above?: boolean;
  readonly to: number;
  /** values outside the range that mean something of their own, by what they mean */
  readonly also?: Readonly<Record<number, string>>;
  /** what `from` or another value does, for those who read the API's description */
  readonly note?: string;
}

const ANY = Number.MAX_SAFE_INTEGER;

// A penalty divides and multiplies 32-bit floats: below 0.01 they would overflow.
const LEAST_PENALTY = 0.01;

export const NUMBER_OPTIONS = {
  maxTokens: {
    wire: 'max_tokens',
    whole: true,
    from: 0,
    to: ANY,
    also: { [-1]: 'what the context leaves' },
    note: 'what the context leaves when absent, or -1',
  },
  minTokens: { wire: 'min_tokens', whole: true, from: 0, to: ANY, note: 'at most max_tokens' },
  temperature: {
    wire: 'temperature',
    whole: false,
    from: 0,
    to: 100,
    note: '0 always takes the likeliest token',
  },
  topK: {
    wire: 'top_k',
    whole: true,
    from: 0,
    to: ANY,
    also: { [-1]: 'all' },
    note: '0 and -1 keep all tokens',
  },
  topP: { wire: 'top_p', whole: false, from: 0, above: true, to: 1, note: '1 keeps all tokens' },
  minP: { wire: 'min_p', whole: false, from: 0, to: 1, note: '0 keeps all tokens' },
  typicalP: { wire: 'typical_p', whole: false, from: 0, above: true, to: 1, note: '1 keeps all tokens' },
  repetitionPenalty: {
    wire: 'repetition_penalty',
    whole: false,
    from: LEAST_PENALTY,
    to: 10,
    note: '1 does nothing',
  },
  presencePenalty: { wire: 'presence_penalty', whole: false, from: -2, to: 2, note: '0 does nothing' },
  frequencyPenalty: { wire: 'frequency_penalty', whole: false, from: -2, to: 2, note: '0 does nothing' },
  seed: { wire: 'seed', whole: true, from: 0, to: ANY, also: { [-1]: 'random' }, note: '-1 draws one' },
  logprobs: { wire: 'top_logprobs', whole: true, from: 0, to: 20 },
} as const satisfies Readonly<Record<string, NumberOption>>;

export type NumberOptionName = keyof typeof NUMBER_OPTIONS;

/** Biases of single tokens: from -100 to 100, and -Infinity, which forbids. */
export const LARGEST_BIAS = 100;

// What one request may bring in lists; the sum of the texts and ids counts, however they are divided.
export const MOST_BIASES = 1024;
export const MOST_STOPS = 64;
export const MOST_STOP_TOKENS = 64;
export const MOST_BAD_WORDS = 1024;
/** Characters of all bad words together: each is tokenized twice before the request is queued. */
export const MOST_BAD_CHARACTERS = 65_536;
/** Ids of all bad sequences together: each sequence is looked at for each token. */
export const MOST_BAD_IDS = 16_384;
/** Characters of one stop text, which the end of an answer is compared with. */
export const LONGEST_STOP = 4096;

/** Priorities beyond this would make waiting mean nothing: the age of a request counts in the same unit. */
export const HIGHEST_PRIORITY = 100;

export const numberOption = (name: NumberOptionName): NumberOption => NUMBER_OPTIONS[name];

/** The most tokens of an answer; undefined for as many as the context leaves, which is also what -1 asks for. */
export const answerLimit = (maxTokens: number | undefined): number | undefined =>
  maxTokens === -1 ? undefined : maxTokens;

/** Whether an option takes `value`. */
export function takesNumber(option: NumberOption, value: unknown): value is number {
  if (typeof value !== 'number') return false;
  if (option.also !== undefined && Object.hasOwn(option.also, value)) return true;
  if (option.whole && !Number.isSafeInteger(value)) return false;
  const { from, to, above = false } = option;
  return (above ? value > from : value >= from) && value <= to;
}

/** The range in words, for example `a whole number of at least 0, or -1`. */
export function rangeOf({ whole, from, to, above = false, also = {} }: NumberOption): string {
  const kind = whole ? 'a whole number' : 'a number';
  const others = Object.keys(also).map((value) => `, or ${value}`);
  if (above) return `${kind} above ${from}, at most ${to}${others.join('')}`;
  return `${kind} ${to === ANY ? `of at least ${from}` : `from ${from} to ${to}`}${others.join('')}`;
}
