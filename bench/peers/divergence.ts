// Finds where the greedy tokens of the two engines differ on the same file, and how close Quire's decision was there.

import { basename } from 'node:path';
import { loadEngine } from '../../src/index.ts';
import type { Divergence } from './data.ts';
import { lastLine, runNode, type Setting } from './run-node.ts';

const TOKENS = 48;

export function divergenceLine({ model, tokens, parting }: Divergence): string {
  if (parting === undefined) return `${model}: the same ${tokens} greedy tokens`;
  const { after, margin } = parting;
  return `${model}: greedy tokens differ after ${after}; Quire's choice led by ${margin.toFixed(4)} in log probability`;
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
  const output = await runNode(['bench/peers/llama-process.js', model, JSON.stringify(setting)]);
  const { tokens } = JSON.parse(lastLine(output)) as { tokens: number[] };
  const index = result.tokens.findIndex((token, i) => token !== tokens[i]);
  const shared = { model: basename(model), tokens: TOKENS };
  if (index < 0) return shared;
  const [first, second] = result.logprobs![index]!.top;
  return { ...shared, parting: { after: index, margin: first!.logprob - second!.logprob } };
}
