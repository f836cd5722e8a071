// Fuzz tests of values in well-formed model files: counts, sizes, names, types. Each reader receives the values of its corpus
// and random changes of them, and must accept each value or reject it with an error code. Values that caused another error
// are in the corpus.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { QuireError } from '../../src/base/errors.ts';
import type { JsonObject } from '../../src/base/model/tokenizer-data.ts';
import { createBufferSource } from '../../src/formats/buffer-source.ts';
import { llamaMetadata, llamaTensors, type Metadata } from '../../src/formats/gguf/metadata-fixture.ts';
import { encodeGguf, type TypedValue } from '../../src/formats/gguf/writer.ts';
import { readCheckpoint } from '../../src/formats/hugging-face/checkpoint.ts';
import { readHuggingFaceTokenizer } from '../../src/formats/hugging-face/tokenizer.ts';
import { fileWithHeader } from '../../src/formats/safetensors/file-fixture.ts';
import { readSafetensors } from '../../src/formats/safetensors/header.ts';
import { openGguf } from '../../src/models/open-gguf.ts';
import { buildProgram, FAMILIES } from '../../src/models/registry.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';
import { mutateJson } from '../support/faults/mutate-json.ts';
import { randomInteger, randomNumbers } from '../support/random.ts';

const MUTANTS = process.env.QUIRE_FULL === '1' ? 20_000 : 200;
const TIMEOUT_MS = 600_000;
const CODES = /^(bad_|unknown_|unsupported_|missing_tensor$)/;

const readFile = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));
const readJson = (path: string): JsonObject => JSON.parse(readFile(path).toString()) as JsonObject;
const readCorpus = (name: string): readonly JsonObject[] =>
  JSON.parse(readFile(`./corpus/${name}.json`).toString()) as JsonObject[];

const WEIGHTS = new Uint8Array(readFile('../golden/fixtures/checkpoints/model.safetensors'));
const ENTRIES = await readSafetensors(createBufferSource(WEIGHTS, 'weights'));
const HEADER_BYTES = Number(new DataView(WEIGHTS.buffer).getBigUint64(0, true));
const DATA = WEIGHTS.subarray(8 + HEADER_BYTES);
const CHECKPOINT_PARTS = {
  families: FAMILIES,
  source: 'mutant',
  configSource: 'config.json',
  name: 'mutant',
  missingTensors: new Map(),
};
const TEXT = 'A text, 一段文字 <|im_end|>\n  é 12';

interface Target {
  readonly seeds: readonly JsonObject[];
  readonly read: (value: JsonObject) => Promise<unknown>;
}

const checkpoints = readJson('../golden/fixtures/checkpoints/checkpoints.json').cases as { config: string }[];
const validJsonCheckpoints = checkpoints.filter(({ config }) => !/NaN|Infinity/.test(config));
const folders = readJson('../golden/fixtures/tokenizer-folders.json').folders as { beside: JsonObject }[];
const definitions = readJson('../golden/fixtures/tokenizers.json').tokenizers as Record<string, JsonObject>;

const TARGETS: Readonly<Record<string, Target>> = {
  'config.json': {
    seeds: [
      ...readCorpus('model-config'),
      ...validJsonCheckpoints.map(({ config }) => JSON.parse(config) as JsonObject),
      ...[
        'gpt2',
        'qwen2-window',
        'qwen3',
        'smollm3-window',
        'gemma2',
        'gemma3',
        'gemma3-images',
        'phi3-short',
      ].map((name) => readJson(`../golden/fixtures/tiny-${name}/config.json`)),
    ],
    async read(config) {
      const checkpoint = await readCheckpoint({ ...CHECKPOINT_PARTS, config, entries: ENTRIES });
      buildProgram(
        checkpoint.config,
        new Map([...checkpoint.stored].map(([name, { info }]) => [name, info])),
      );
    },
  },
  'safetensors header': {
    seeds: [
      ...readCorpus('safetensors'),
      JSON.parse(Buffer.from(WEIGHTS.subarray(8, 8 + HEADER_BYTES)).toString()) as JsonObject,
    ],
    read: (header) =>
      readSafetensors(createBufferSource(fileWithHeader(JSON.stringify(header), [DATA]), 'mutant')),
  },
  'tokenizer.json': {
    seeds: [
      ...readCorpus('tokenizer'),
      ...Object.values(definitions).map(({ definition }) => definition as JsonObject),
    ],
    read: async (definition) => tokenizeText({ definition, settings: {} }),
  },
  'small tokenizer files': {
    seeds: [...readCorpus('tokenizer-files'), ...folders.map(({ beside }) => beside)],
    async read(files) {
      const objectIn = (name: string): JsonObject => {
        const value = files[name];
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
      };
      const otherFiles = {
        specialTokensMap: objectIn('special_tokens_map'),
        addedTokens: objectIn('added_tokens'),
      };
      const { definition } = Object.values(definitions)[0] as { definition: JsonObject };
      tokenizeText({ definition, settings: objectIn('tokenizer_config'), ...otherFiles });
    },
  },
};

function tokenizeText(files: {
  definition: JsonObject;
  settings: JsonObject;
  specialTokensMap?: JsonObject;
  addedTokens?: JsonObject;
}): void {
  const data = readHuggingFaceTokenizer({ ...files, generation: {}, config: {} });
  const tokenizer = createTokenizer(data);
  tokenizer.decode(tokenizer.encode(TEXT));
  tokenizer.decode(tokenizer.encode(TEXT, { special: 'parse' }));
}

async function outcomeOf(read: () => Promise<unknown>, input: unknown): Promise<string> {
  try {
    await read();
    return 'accepted';
  } catch (error) {
    if (error instanceof QuireError) return error.code;
    return `${String(error)} for ${JSON.stringify(input).slice(0, 2000)}`;
  }
}

function expectOutcomes(outcomes: ReadonlySet<string>): void {
  const failures = [...outcomes].filter((outcome) => outcome !== 'accepted' && !CODES.test(outcome));
  expect(failures.slice(0, 3)).toEqual([]);
  expect(outcomes.size).toBeGreaterThan(1); // otherwise the changes have no effect
}

describe.each(Object.entries(TARGETS))('changed values of the %s', (_name, { seeds, read }) => {
  it('are accepted or rejected with an error code', { timeout: TIMEOUT_MS }, async () => {
    const random = randomNumbers(31);
    const outcomes = new Set<string>();
    for (let i = 0; i < seeds.length + MUTANTS; i++) {
      const seed = seeds[randomInteger(random, seeds.length)] ?? {};
      const value = seeds[i] ?? mutateJson(seed, random);
      outcomes.add(await outcomeOf(() => read(value), value));
    }
    expectOutcomes(outcomes);
  });
});

const UNEXPECTED_VALUES: readonly TypedValue[] = [
  ...[0, 1, 3, 2 ** 16, 2 ** 31 - 1, 2 ** 32 - 1].map((value) => ({ type: 'uint32', value }) as const),
  ...[0, -1, 1e-30, 1e30, Number.NaN, Number.POSITIVE_INFINITY].map(
    (value) => ({ type: 'float32', value }) as const,
  ),
  ...['', 'llama', 'adapter', 'yarn', 'x'.repeat(1000)].map((value) => ({ type: 'string', value }) as const),
  { type: 'bool', value: true },
  { type: 'array', of: 'string', value: [] },
  { type: 'array', of: 'string', value: ['a', 'a', ''] },
  { type: 'array', of: 'int32', value: [1, 2, 3] },
];

const KEYS = [
  ...Object.keys(llamaMetadata()),
  ...['general.type', 'split.no', 'split.count', 'llama.expert_count'],
  ...['attention.key_length', 'attention.sliding_window', 'rope.dimension_count', 'rope.freq_base'].map(
    (key) => `llama.${key}`,
  ),
  ...['type', 'factor', 'original_context_length'].map((key) => `llama.rope.scaling.${key}`),
  ...['bos_token_id', 'eos_token_id', 'merges', 'pre', 'add_bos_token'].map((key) => `tokenizer.ggml.${key}`),
  'tokenizer.chat_template',
];

it('changed values of GGUF metadata are accepted or rejected with an error code', {
  timeout: TIMEOUT_MS,
}, async () => {
  const random = randomNumbers(37);
  const outcomes = new Set<string>();
  const seeds = readCorpus('gguf') as unknown as Metadata[];
  for (let i = 0; i < seeds.length + MUTANTS; i++) {
    const changes = seeds[i] ?? randomMetadata(random);
    const bytes = encodeGguf({ ...llamaMetadata(), ...changes }, llamaTensors);
    outcomes.add(await outcomeOf(() => openMutant(bytes), changes));
  }
  expectOutcomes(outcomes);
});

function randomMetadata(random: () => number): Metadata {
  const changes: Metadata = {};
  for (let count = 1 + randomInteger(random, 4); count > 0; count--) {
    const key = KEYS[randomInteger(random, KEYS.length)]!;
    changes[key] = UNEXPECTED_VALUES[randomInteger(random, UNEXPECTED_VALUES.length)]!;
  }
  return changes;
}

async function openMutant(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = await openGguf(createBufferSource(bytes, 'mutant.gguf'));
  createTokenizer(file.tokenizer).encode(TEXT);
  // Most tensors are missing in the file; model-files.test.ts tests complete models.
  expect(() => buildProgram(file.config, file.tensors)).toThrow(QuireError);
}
