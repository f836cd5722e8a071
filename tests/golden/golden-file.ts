// Reads the results of transformers for the fixtures, which tools/golden/make_golden.py writes.

import { readdirSync, readFileSync } from 'node:fs';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import { fixture } from '../support/fixtures.ts';

export interface GoldenPrompt {
  readonly tokens: Int32Array;
  /** positions of `tokens` whose logits are stored */
  readonly positions: readonly number[];
  /** one row for each entry of `positions`. [vocabSize] */
  readonly logits: readonly Float32Array[];
}

export interface GoldenGreedy {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  /** difference between the largest two logits for each token. [tokens] */
  readonly margins: readonly number[];
}

/** Greedy tokens with a smaller margin may differ between implementations by rounding. */
export const CLEAR_MARGIN = 0.01;

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
  /** context length of the engine; absent: that of the model */
  readonly contextLength?: number;
  readonly prompts: readonly GoldenPrompt[];
  readonly greedy: readonly GoldenGreedy[];
  /** absent if another fixture has the same tokenizer */
  readonly texts?: readonly GoldenText[];
  readonly chats?: readonly GoldenChat[];
}

export interface Fixture {
  readonly name: string;
  readonly model: string;
  readonly golden: Golden;
}

const readFixture = (name: string, goldenFile: string): Fixture => ({
  name,
  model: fixture(name),
  golden: readGolden(fixture(goldenFile)),
});

/** Returns all fixtures: each model family as a Hugging Face folder and as GGUF, and each kind of RoPE scaling. */
export function fixtures(): Fixture[] {
  const names = readdirSync(fixture('')).filter((name) => name.startsWith('tiny-'));
  return names.flatMap((name) => {
    if (name.endsWith('.json')) return [];
    return name.endsWith('.gguf')
      ? [readFixture(name, name.replace(/gguf$/, 'golden.json'))]
      : [readFixture(name, `${name}/golden.json`)];
  });
}

interface StoredPrompt {
  tokens: number[];
  positions: number[];
  logits: number[][];
}

function readGolden(path: string): Golden {
  const storedGolden = JSON.parse(readFileSync(path, 'utf8')) as Golden & { prompts: StoredPrompt[] };
  const prompts = storedGolden.prompts.map(({ tokens, positions, logits }) => ({
    tokens: Int32Array.from(tokens),
    positions,
    logits: logits.map((row) => Float32Array.from(row)),
  }));
  return { ...storedGolden, prompts };
}
