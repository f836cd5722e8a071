// Where the greedy tokens of two engines part on the same file, and by how little Quire's choice led there.

import { basename } from 'node:path';
import { loadEngine } from '../../src/index.ts';
import { lastLine, node, type Setting } from './run-node.ts';

const TOKENS = 48;

export async function greedyDivergence(model: string, threads: number): Promise<string> {
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
  if (at < 0) return `${basename(model)}: the same ${TOKENS} greedy tokens`;
  const [first, second] = result.logprobs![at]!.top;
  const margin = (first!.logprob - second!.logprob).toFixed(4);
  return `${basename(model)}: greedy tokens part after ${at}; Quire's choice led by ${margin} there`;
}
