// The results of transformers for the fixtures; see tools/golden/make_golden.py.

import { readdirSync, readFileSync } from 'node:fs';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import { fixture } from '../support/fixtures.ts';

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
  /** difference of the largest two logits of each choice. [tokens] */
  readonly margins: readonly number[];
}

/** A choice with a smaller margin may differ by rounding. */
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
  /** the engine's context; the model's own when absent */
  readonly contextLength?: number;
  readonly prompts: readonly GoldenPrompt[];
  readonly greedy: readonly GoldenGreedy[];
  /** absent where another fixture has the same tokenizer */
  readonly texts?: readonly GoldenText[];
  readonly chats?: readonly GoldenChat[];
}

export interface Fixture {
  readonly name: string;
  readonly model: string;
  readonly golden: Golden;
}

const read = (name: string, goldenFile: string): Fixture => ({
  name,
  model: fixture(name),
  golden: readGolden(fixture(goldenFile)),
});

/** Returns all families as Hugging Face folders and as GGUF, and each kind of rope scaling. */
export function fixtures(): Fixture[] {
  const names = readdirSync(fixture('')).filter((name) => name.startsWith('tiny-'));
  return names.flatMap((name) => {
    if (name.endsWith('.json')) return [];
    return name.endsWith('.gguf')
      ? [read(name, name.replace(/gguf$/, 'golden.json'))]
      : [read(name, `${name}/golden.json`)];
  });
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
