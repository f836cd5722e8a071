// Compares the greedy tokens of the two engines for the same model file. At the first different token, computes by
// how much the log probability of Quire's most likely token exceeds that of its second most likely token.

import { basename } from 'node:path';
import { loadEngine } from '../../src/index.ts';
import type { Divergence } from './data.ts';
import { lastLine, type RunSettings, runNode } from './run-node.ts';

const GENERATED_TOKENS = 48;

export function formatDivergence({ model, tokens, parting }: Divergence): string {
  if (parting === undefined) return `${model}: the same ${tokens} greedy tokens`;
  const { after, margin } = parting;
  return `${model}: greedy tokens differ after ${after}; Quire's first choice was ahead of its second by ${margin.toFixed(4)} in log probability`;
}

export async function measureDivergence(model: string, threads: number): Promise<Divergence> {
  await using engine = await loadEngine({ model, threads, context: 256 });
  const prompt = Array.from({ length: 16 }, (_, i) => 300 + ((i * 7919) % 3000));
  const result = await engine.generate({
    tokens: prompt,
    temperature: 0,
    maxTokens: GENERATED_TOKENS,
    minTokens: GENERATED_TOKENS,
    logprobs: 2,
  }).result;
  const setting: RunSettings & { greedy: number[] } = {
    ...{
      promptTokens: prompt.length,
      generateTokens: GENERATED_TOKENS,
      concurrency: 1,
      threads,
      repetitions: 1,
    },
    greedy: prompt,
  };
  const output = await runNode(['bench/peers/llama-process.js', model, JSON.stringify(setting)]);
  const { tokens } = JSON.parse(lastLine(output)) as { tokens: number[] };
  const index = result.tokens.findIndex((token, i) => token !== tokens[i]);
  const compared = { model: basename(model), tokens: GENERATED_TOKENS };
  if (index < 0) return compared;
  const [first, second] = result.logprobs![index]!.top;
  return { ...compared, parting: { after: index, margin: first!.logprob - second!.logprob } };
}
