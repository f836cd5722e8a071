// The pre-tokenizers of GGUF files, which split a text into words before byte-pair encoding. A file selects one by name
// (`tokenizer.ggml.pre`; llama.cpp defines the names). Merges never cross word boundaries, so a wrong pattern produces
// wrong ids: unknown names are rejected. Some pre-tokenizers combine several splitters: each splits the pieces of the
// previous splitter.

import { QuireError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import * as patterns from './pre-tokenizer-patterns.ts';
import { chainSplitters, type TextSplitter } from './split-text.ts';

export interface PreTokenizer {
  readonly split: TextSplitter;
  /** Returns whether `word`, if it is a token, is encoded as that token regardless of the merges. */
  ignoresMergesFor(word: string): boolean;
  /** whether characters are merged, with U+2581 for a space, and not bytes */
  readonly characterLevel: boolean;
}

interface Entry {
  readonly names: readonly string[];
  readonly splitters: readonly TextSplitter[];
  /** the words for which merges are ignored; none if absent */
  readonly mergesIgnoredFor?: 'words' | 'line ends';
  readonly characterLevel?: true;
}

const IGNORES_MERGES: Readonly<Record<'words' | 'line ends' | 'none', (word: string) => boolean>> = {
  words: () => true,
  'line ends': (word) => word.startsWith('\n'), // line ends are separate words
  none: () => false,
};

const deepSeek3 = [patterns.THREE_DIGITS, patterns.CHINESE_OR_KANA, patterns.DEEPSEEK3_WORDS];
const bloom = [patterns.BLOOM_WORDS];

const ENTRIES: readonly Entry[] = [
  {
    names: ['default'],
    splitters: [patterns.PUNCTUATION, patterns.GPT2, patterns.DIGITS, patterns.ASCII_THREE_DIGITS],
  },
  {
    names: [
      ...['gpt-2', 'phi-2', 'jina-es', 'jina-de', 'jina-v2-es', 'jina-v2-de', 'jina-v1-en', 'jina-v2-code'],
      ...['roberta-bpe', 'modern-bert', 'gigachat', 'a.x-4.0', 'mellum', 'mpt', 'olmo', 'jais', 'exaone4'],
      ...['trillion', 'granite-docling'],
    ],
    splitters: [patterns.GPT2],
  },
  {
    names: ['starcoder', 'refact', 'command-r', 'smollm', 'codeshell', 'exaone', 'minerva-7b', 'mellum2'],
    splitters: [patterns.DIGIT, patterns.GPT2],
  },
  {
    names: ['falcon'],
    splitters: [patterns.PUNCTUATION_AND_BACKTICK, patterns.GPT2, patterns.ASCII_THREE_DIGITS],
  },
  {
    names: [
      ...['llama3', 'llama-v3', 'llama-bpe', 'falcon3', 'falcon-h1', 'pixtral', 'midm-2.0', 'lfm2'],
      'jina-v5-nano',
    ],
    splitters: [patterns.LLAMA3],
    mergesIgnoredFor: 'words',
  },
  { names: ['dbrx', 'smaug-bpe', 'glm4', 'chatglm-bpe'], splitters: [patterns.LLAMA3] },
  {
    names: [
      ...['qwen2', 'deepseek-r1-qwen', 'kormo', 'f2llmv2', 'megrez', 'stablelm2', 'hunyuan', 'solar-open'],
      'grok-2',
    ],
    splitters: [patterns.QWEN2],
  },
  { names: ['qwen35'], splitters: [patterns.QWEN35] },
  { names: ['laguna'], splitters: [patterns.RUNS_OF_LINES, patterns.QWEN2] },
  { names: ['ufakzeka'], splitters: [patterns.UFAKZEKA] },
  { names: ['seed-coder'], splitters: [patterns.SEED_CODER] },
  { names: ['bailingmoe', 'bailingmoe2', 'llada-moe'], splitters: [patterns.BAILING] },
  { names: ['exaone-moe'], splitters: [patterns.EXAONE_MOE] },
  { names: ['jais-2'], splitters: [patterns.JAIS2] },
  { names: ['minicpm5'], splitters: [patterns.THREE_DIGITS, patterns.MINICPM5], mergesIgnoredFor: 'words' },
  {
    names: ['deepseek-llm'],
    splitters: [
      ...[patterns.LINE_ENDS, patterns.SPACED_CASED_LETTERS, patterns.SPACED_SYMBOLS, patterns.SPACES_AT_END],
      ...[patterns.EAST_ASIAN, patterns.DIGITS],
    ],
  },
  {
    names: ['deepseek-coder'],
    splitters: [
      patterns.LINE_ENDS,
      patterns.SPACED_LETTERS,
      patterns.SPACED_PUNCTUATION,
      patterns.EAST_ASIAN,
      patterns.DIGIT,
    ],
  },
  { names: ['deepseek-v3', 'hunyuan-dense', 'joyai-llm', 'hy_v4'], splitters: deepSeek3 },
  {
    names: ['spark2_5'],
    splitters: [patterns.THREE_DIGITS, patterns.CHINESE_OR_KANA, patterns.SPARK_WORDS, patterns.DIGIT],
  },
  {
    names: ['afmoe'],
    splitters: [patterns.GROUPED_DIGITS, patterns.AFMOE_SCRIPTS, patterns.DEEPSEEK3_WORDS],
  },
  { names: ['youtu'], splitters: [patterns.YOUTU_SCRIPTS, patterns.YOUTU_WORDS], mergesIgnoredFor: 'words' },
  { names: ['tekken'], splitters: [patterns.TEKKEN], mergesIgnoredFor: 'words' },
  { names: ['gpt-4o', 'llama4', 'kanana2', 'talkie', 'minimax-m2'], splitters: [patterns.GPT4O] },
  { names: ['granite-embed-multi-97m'], splitters: [patterns.GPT4O], mergesIgnoredFor: 'words' },
  { names: ['tiny_aya', 'cohere2moe'], splitters: [patterns.GROUPED_DIGITS_OF_NUMBERS, patterns.GPT4O] },
  { names: ['kimi-k2'], splitters: [patterns.KIMI_K2] },
  { names: ['superbpe'], splitters: [patterns.DIGITS, patterns.GROUPS_WITHIN_DIGITS] },
  { names: ['poro-chat', 'bloom', 'gpt3-finnish'], splitters: bloom },
  { names: ['viking'], splitters: [...bloom, patterns.DIGIT] },
  {
    names: ['chameleon'],
    splitters: [
      ...[
        patterns.SENTINELS,
        patterns.IMAGE_TOKENS,
        patterns.TABS_AND_INDENTS,
        patterns.DIGIT,
        patterns.ONE_PUNCTUATION,
      ],
      patterns.GPT2,
    ],
  },
  {
    names: ['gemma4', 'granite-embed-multi-311m'],
    splitters: [patterns.RUNS_OF_LINES],
    mergesIgnoredFor: 'line ends',
    characterLevel: true,
  },
  { names: ['sarvam-moe'], splitters: [patterns.RUNS_OF_LINES], characterLevel: true },
];

const BY_NAME: ReadonlyMap<string, PreTokenizer> = new Map(
  ENTRIES.flatMap(({ names, splitters, mergesIgnoredFor, characterLevel = false }) => {
    const preTokenizer = {
      split: chainSplitters(splitters),
      ignoresMergesFor: IGNORES_MERGES[mergesIgnoredFor ?? 'none'],
      characterLevel,
    };
    return names.map((name) => [name, preTokenizer] as const);
  }),
);

/** The names of all pre-tokenizers. */
export const preTokenizerNames: readonly string[] = [...BY_NAME.keys()];

/** Returns the pre-tokenizer `name`, or `default` if the name is empty. Throws `unsupported_tokenizer`. */
export function preTokenizerOf(name = ''): PreTokenizer {
  const preTokenizer = BY_NAME.get(name === '' ? 'default' : name);
  if (preTokenizer !== undefined) return preTokenizer;
  const nearest = nearestName(name, preTokenizerNames);
  const suggestion = nearest === undefined ? '' : `did you mean ${nearest}? `;
  const examples = 'default, gpt-2, llama-bpe, qwen2, deepseek-llm, tekken, gpt-4o';
  const hint = `${suggestion}Quire supports ${preTokenizerNames.length} (${examples} and others); use the Hugging Face folder of the model`;
  throw new QuireError('unsupported_tokenizer', `pre-tokenizer ${name.slice(0, 64)} is not supported`, hint);
}
