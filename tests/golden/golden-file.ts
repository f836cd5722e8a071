// What transformers computed from the fixtures: see tools/golden/make_golden.py.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ChatMessage } from '../../src/base/completer.ts';

export interface GoldenPrompt {
  readonly tokens: Int32Array;
  /** which rows of logits are recorded */
  readonly positions: readonly number[];
  /** by index into `positions`. [vocabSize] */
  readonly logits: readonly Float32Array[];
}

export interface GoldenGreedy {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  /** smallest lead of a chosen token over the next best */
  readonly margin: number;
}

export interface GoldenText {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly tokensWithBos: readonly number[];
}

export interface GoldenChat {
  readonly messages: readonly ChatMessage[];
  readonly addGenerationPrompt: boolean;
  readonly text: string;
  readonly tokens: readonly number[];
}

export interface Golden {
  readonly prompts: readonly GoldenPrompt[];
  readonly greedy: readonly GoldenGreedy[];
  readonly texts: readonly GoldenText[];
  readonly chats: readonly GoldenChat[];
}

export interface Fixture {
  readonly name: string;
  readonly model: string;
  readonly golden: Golden;
}

const fixture = (name: string, goldenFile: string): Fixture => ({
  name,
  model: pathOf(name),
  golden: readGolden(pathOf(goldenFile)),
});

/** Both families as Hugging Face folders and as GGUF. */
export function fixtures(): Fixture[] {
  return [
    fixture('tiny-llama', 'tiny-llama/golden.json'),
    fixture('tiny-gpt2', 'tiny-gpt2/golden.json'),
    fixture('tiny-llama-f16.gguf', 'tiny-llama-f16.golden.json'),
    fixture('tiny-llama-q8_0.gguf', 'tiny-llama-q8_0.golden.json'),
    fixture('tiny-gpt2-bf16.gguf', 'tiny-gpt2-bf16.golden.json'),
  ];
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

interface StoredPrompt {
  tokens: number[];
  positions: number[];
  logits: number[][];
}

function readGolden(path: string): Golden {
  const stored = JSON.parse(readFileSync(path, 'utf8')) as Golden & { prompts: StoredPrompt[] };
  const prompts = stored.prompts.map(({ tokens, positions, logits }) => ({
    tokens: Int32Array.from(tokens),
    positions,
    logits: logits.map((row) => Float32Array.from(row)),
  }));
  return { ...stored, prompts };
}
