// A config.json is read as transformers reads it, also where fields are absent, null, renamed or given twice
// (tools/golden/configs.py).

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ModelConfig, RopeScaling } from '../../src/base/model/model-file.ts';
import type { JsonObject } from '../../src/base/model/tokenizer-data.ts';
import { huggingFaceFamily } from '../../src/formats/family-format.ts';
import { readHuggingFaceConfig } from '../../src/formats/hugging-face/config.ts';
import { FAMILIES } from '../../src/models/registry.ts';

interface Case {
  readonly family: string;
  readonly given: JsonObject;
  /** what transformers reads from `given`; tools/golden/configs.py writes the fields */
  readonly means: Readonly<Record<string, unknown>> & {
    readonly contextLength: number;
    readonly rope?: Readonly<Record<string, unknown>>;
    readonly window?: { readonly size: number; readonly layers: readonly number[] } | null;
  };
}

const file = new URL('./fixtures/configs.json', import.meta.url);
const cases = (JSON.parse(readFileSync(file, 'utf8')) as Case[]).map((testCase) => ({
  ...testCase,
  name: `${testCase.family} ${JSON.stringify(testCase.given).slice(0, 120)}`,
}));

// Upper bounds that no case exceeds.
const EXTENT = { tensors: 1000, longest: 1_000_000 };

it.each(cases)('$name is read as transformers reads it', ({ family, given, means: expected }) => {
  const descriptor = huggingFaceFamily('config.json', FAMILIES, family);
  const config = readHuggingFaceConfig('config.json', descriptor, 'x', given, EXTENT);
  const { rope, window, ...plain } = expected;
  expect(config).toMatchObject(plain);
  expect(windowOf(config)).toEqual(window ?? null);
  expect(config.rope?.theta).toBe(rope?.rope_theta);
  expect(config.rope?.dim).toBe(expected.headDim);
  expect(config.rope?.scaling ?? {}).toMatchObject(scalingOf(expected));
  expect(config.rope?.scaling?.kind ?? 'default').toBe(rope?.rope_type ?? 'default');
});

function windowOf({ slidingWindow }: ModelConfig): Case['means']['window'] {
  const layers = slidingWindow?.layers.flatMap((usesWindow, layer) => (usesWindow ? [layer] : []));
  return slidingWindow === undefined || layers === undefined ? null : { size: slidingWindow.size, layers };
}

function scalingOf({ rope = {}, contextLength }: Case['means']): Partial<RopeScaling> {
  const original = rope.original_max_position_embeddings;
  const factor = rope.factor === null ? contextLength / Number(original) : rope.factor;
  return {
    ...(factor === undefined ? {} : { factor: Number(factor) }),
    ...(original === undefined ? {} : { originalContext: Number(original) }),
  };
}
