// How a text is cut into words before byte-pair encoding, by the name that a GGUF gives it
// (`tokenizer.ggml.pre`, whose names llama.cpp defines). A merge never crosses a cut, so a wrong pattern gives
// wrong ids: an unknown name is refused. Some names stand for several cuts, each of the pieces of the one before.

import { QuireError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import * as cuts from './pre-tokenizer-patterns.ts';
import { chainSplitters, type TextSplitter } from './split-text.ts';

export interface PreTokenizer {
  readonly split: TextSplitter;
  /** `word` is taken whole where it is a token, whatever its merges would give */
  keepsWhole(word: string): boolean;
  /** merges work on the characters of the text, a space being U+2581, and not on bytes */
  readonly characterLevel: boolean;
}

interface Entry {
  readonly names: readonly string[];
  readonly splitters: readonly TextSplitter[];
  /** which words are taken whole; none where absent */
  readonly whole?: 'words' | 'line ends';
  readonly characterLevel?: true;
}

const KEEPS_WHOLE: Readonly<Record<'words' | 'line ends' | 'none', (word: string) => boolean>> = {
  words: () => true,
  'line ends': (word) => word.startsWith('\n'), // line ends are cut from all else
  none: () => false,
};

const deepSeek3 = [cuts.THREE_DIGITS, cuts.CHINESE_OR_KANA, cuts.DEEPSEEK3_WORDS];
const bloom = [cuts.BLOOM_WORDS];

const ENTRIES: readonly Entry[] = [
  {
    names: ['default'],
    splitters: [cuts.PUNCTUATION, cuts.GPT2, cuts.DIGITS, cuts.ASCII_THREE_DIGITS],
  },
  {
    names: [
      ...['gpt-2', 'phi-2', 'jina-es', 'jina-de', 'jina-v2-es', 'jina-v2-de', 'jina-v1-en', 'jina-v2-code'],
      ...['roberta-bpe', 'modern-bert', 'gigachat', 'a.x-4.0', 'mellum', 'mpt', 'olmo', 'jais', 'exaone4'],
      ...['trillion', 'granite-docling'],
    ],
    splitters: [cuts.GPT2],
  },
  {
    names: ['starcoder', 'refact', 'command-r', 'smollm', 'codeshell', 'exaone', 'minerva-7b', 'mellum2'],
    splitters: [cuts.DIGIT, cuts.GPT2],
  },
  {
    names: ['falcon'],
    splitters: [cuts.PUNCTUATION_AND_BACKTICK, cuts.GPT2, cuts.ASCII_THREE_DIGITS],
  },
  {
    names: [
      ...['llama3', 'llama-v3', 'llama-bpe', 'falcon3', 'falcon-h1', 'pixtral', 'midm-2.0', 'lfm2'],
      'jina-v5-nano',
    ],
    splitters: [cuts.LLAMA3],
    whole: 'words',
  },
  { names: ['dbrx', 'smaug-bpe', 'glm4', 'chatglm-bpe'], splitters: [cuts.LLAMA3] },
  {
    names: [
      ...['qwen2', 'deepseek-r1-qwen', 'kormo', 'f2llmv2', 'megrez', 'stablelm2', 'hunyuan', 'solar-open'],
      'grok-2',
    ],
    splitters: [cuts.QWEN2],
  },
  { names: ['qwen35'], splitters: [cuts.QWEN35] },
  { names: ['laguna'], splitters: [cuts.RUNS_OF_LINES, cuts.QWEN2] },
  { names: ['ufakzeka'], splitters: [cuts.UFAKZEKA] },
  { names: ['seed-coder'], splitters: [cuts.SEED_CODER] },
  { names: ['bailingmoe', 'bailingmoe2', 'llada-moe'], splitters: [cuts.BAILING] },
  { names: ['exaone-moe'], splitters: [cuts.EXAONE_MOE] },
  { names: ['jais-2'], splitters: [cuts.JAIS2] },
  { names: ['minicpm5'], splitters: [cuts.THREE_DIGITS, cuts.MINICPM5], whole: 'words' },
  {
    names: ['deepseek-llm'],
    splitters: [
      ...[cuts.LINE_ENDS, cuts.SPACED_CASED_LETTERS, cuts.SPACED_SYMBOLS, cuts.SPACES_AT_END],
      ...[cuts.EAST_ASIAN, cuts.DIGITS],
    ],
  },
  {
    names: ['deepseek-coder'],
    splitters: [cuts.LINE_ENDS, cuts.SPACED_LETTERS, cuts.SPACED_PUNCTUATION, cuts.EAST_ASIAN, cuts.DIGIT],
  },
  { names: ['deepseek-v3', 'hunyuan-dense', 'joyai-llm', 'hy_v4'], splitters: deepSeek3 },
  {
    names: ['spark2_5'],
    splitters: [cuts.THREE_DIGITS, cuts.CHINESE_OR_KANA, cuts.SPARK_WORDS, cuts.DIGIT],
  },
  { names: ['afmoe'], splitters: [cuts.GROUPED_DIGITS, cuts.AFMOE_SCRIPTS, cuts.DEEPSEEK3_WORDS] },
  { names: ['youtu'], splitters: [cuts.YOUTU_SCRIPTS, cuts.YOUTU_WORDS], whole: 'words' },
  { names: ['tekken'], splitters: [cuts.TEKKEN], whole: 'words' },
  { names: ['gpt-4o', 'llama4', 'kanana2', 'talkie', 'minimax-m2'], splitters: [cuts.GPT4O] },
  { names: ['granite-embed-multi-97m'], splitters: [cuts.GPT4O], whole: 'words' },
  { names: ['tiny_aya', 'cohere2moe'], splitters: [cuts.GROUPED_DIGITS_OF_NUMBERS, cuts.GPT4O] },
  { names: ['kimi-k2'], splitters: [cuts.KIMI_K2] },
  { names: ['superbpe'], splitters: [cuts.DIGITS, cuts.GROUPS_WITHIN_DIGITS] },
  { names: ['poro-chat', 'bloom', 'gpt3-finnish'], splitters: bloom },
  { names: ['viking'], splitters: [...bloom, cuts.DIGIT] },
  {
    names: ['chameleon'],
    splitters: [
      ...[cuts.SENTINELS, cuts.IMAGE_TOKENS, cuts.TABS_AND_INDENTS, cuts.DIGIT, cuts.ONE_PUNCTUATION],
      cuts.GPT2,
    ],
  },
  {
    names: ['gemma4', 'granite-embed-multi-311m'],
    splitters: [cuts.RUNS_OF_LINES],
    whole: 'line ends',
    characterLevel: true,
  },
  { names: ['sarvam-moe'], splitters: [cuts.RUNS_OF_LINES], characterLevel: true },
];

const BY_NAME: ReadonlyMap<string, PreTokenizer> = new Map(
  ENTRIES.flatMap(({ names, splitters: list, whole, characterLevel = false }) => {
    const preTokenizer = {
      split: chainSplitters(list),
      keepsWhole: KEEPS_WHOLE[whole ?? 'none'],
      characterLevel,
    };
    return names.map((name) => [name, preTokenizer] as const);
  }),
);

/** Names that {@link preTokenizerOf} knows. */
export const preTokenizerNames: readonly string[] = [...BY_NAME.keys()];

/** The pre-tokenizer of a name; of `default` where a file says none. Throws `unsupported_tokenizer`. */
export function preTokenizerOf(name = ''): PreTokenizer {
  const known = BY_NAME.get(name === '' ? 'default' : name);
  if (known !== undefined) return known;
  const near = nearestName(name, preTokenizerNames);
  const meant = near === undefined ? '' : `did you mean ${near}? `;
  const some = 'default, gpt-2, llama-bpe, qwen2, deepseek-llm, tekken, gpt-4o';
  const hint = `${meant}Quire knows ${preTokenizerNames.length} (${some} and others): give the Hugging Face folder`;
  throw new QuireError('unsupported_tokenizer', `pre-tokenizer ${name.slice(0, 64)} is not supported`, hint);
}
