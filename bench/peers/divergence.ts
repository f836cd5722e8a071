// Where the greedy tokens of two engines part on the same file, and by how little Quire's choice led there.

import { basename } from 'node:path';
import { loadEngine } from '../../src/index.ts';
import { lastLine, node, type Setting } from './run-node.ts';

const TOKENS = 48;

export interface Divergence {
  readonly model: string;
  /** greedy tokens of each engine */
  readonly tokens: number;
  /** how many are the same before the first that is not, and by how much Quire's choice led there, in ln p */
  readonly parting?: { readonly after: number; readonly margin: number };
}

export function divergenceLine({ model, tokens, parting }: Divergence): string {
  if (parting === undefined) return `${model}: the same ${tokens} greedy tokens`;
  const { after, margin } = parting;
  return `${model}: greedy tokens part after ${after}; Quire's choice led by ${margin.toFixed(4)} there`;
}

export async function greedyDivergence(model: string, threads: number): Promise<Divergence> {
  await using engine = await loadEngine({ model, threads, context: 256 });
  const prompt = Array.from({ length: 16 }, (_, i) => 300 + ((i * 7919) % 3000));
  const result = await engine.generate({
    tokens: prompt,
    temperature: 0,
    maxTokens: TOKENS,
    minTokens: TOKENS,
    logprobs: 2,
  }).result;
  const setting: Setting & { greedy: number[] } = {
    ...{ promptTokens: prompt.length, generateTokens: TOKENS, concurrency: 1, threads, repetitions: 1 },
    greedy: prompt,
  };
  const text = await node(['bench/peers/llama-process.js', model, JSON.stringify(setting)]);
  const { tokens } = JSON.parse(lastLine(text)) as { tokens: number[] };
  const at = result.tokens.findIndex((token, i) => token !== tokens[i]);
  const shared = { model: basename(model), tokens: TOKENS };
  if (at < 0) return shared;
  const [first, second] = result.logprobs![at]!.top;
  return { ...shared, parting: { after: at, margin: first!.logprob - second!.logprob } };
}
