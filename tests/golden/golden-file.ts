// What transformers computed from the fixtures: see tools/golden/make_golden.py.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ChatMessage } from '../../src/completion/chat-message.ts';

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
  /** how far each chosen token leads the next best. [tokens] */
  readonly margins: readonly number[];
}

/** A choice that leads by less may differ by rounding. */
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

const fixture = (name: string, goldenFile: string): Fixture => ({
  name,
  model: pathOf(name),
  golden: readGolden(pathOf(goldenFile)),
});

/** All families as Hugging Face folders and as GGUF, and each kind of rope scaling. */
export function fixtures(): Fixture[] {
  const names = readdirSync(pathOf('')).filter((name) => name.startsWith('tiny-'));
  return names.flatMap((name) => {
    if (name.endsWith('.json')) return [];
    return name.endsWith('.gguf')
      ? [fixture(name, name.replace(/gguf$/, 'golden.json'))]
      : [fixture(name, `${name}/golden.json`)];
  });
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
