// The same requests in Node and in a page. Tokens and cached tokens must be equal. The last bit of log-probabilities may
// differ, because logarithms differ between versions of JavaScript engines.

import type { GenerationResult } from '../../src/completion/generation.ts';
import type { Engine, GenerateRequest } from '../../src/engine/engine.ts';

export type Answer = Pick<GenerationResult, 'text' | 'tokens' | 'finishReason'> &
  Pick<GenerationResult, 'promptTokens' | 'cachedTokens' | 'computedTokens'>;

export interface Answers {
  readonly fingerprint: string;
  readonly greedy: Answer;
  readonly sampled: Answer;
  readonly yieldToEventLoop: Answer;
  /** at the same time */
  readonly side: readonly Answer[];
  /** of all tokens of all answers, and of two candidates each */
  readonly logprobs: readonly number[];
  /** of the greedy one */
  readonly decodeTokensPerSecond: number;
}

const SYSTEM =
  'You are a helpful assistant. Answer in one or two short sentences, and say so when you do not know.';
const QUESTION = 'Tell me a story about a cat and a ship.';

export async function answersOf(engine: Engine): Promise<Answers> {
  const answer = async (request: GenerateRequest): Promise<GenerationResult> =>
    engine.generate({ maxTokens: 24, logprobs: 2, ...request }).result;
  const first = [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: QUESTION },
  ] as const;
  const greedy = await answer({ messages: first, temperature: 0 });
  const drawn = { temperature: 2, topK: 200, topP: 0.99, minP: 0.0001, repetitionPenalty: 1.1, seed: 7 };
  const sampled = await answer({ messages: first, ...drawn });
  const more = [
    { role: 'assistant', content: greedy.text },
    { role: 'user', content: 'And of 中国?' },
  ] as const;
  const yieldToEventLoop = await answer({ messages: [...first, ...more], ...drawn, seed: 8 });
  const prompts = ['Once upon a time', 'The quick brown fox', 'Water boils at'];
  const side = await Promise.all(prompts.map((prompt) => answer({ prompt, raw: true, ...drawn })));
  return {
    fingerprint: engine.info.fingerprint,
    greedy: pick(greedy),
    sampled: pick(sampled),
    yieldToEventLoop: pick(yieldToEventLoop),
    side: side.map(pick),
    logprobs: [greedy, sampled, yieldToEventLoop, ...side].flatMap(logprobsOf),
    decodeTokensPerSecond: greedy.decodeTokensPerSecond,
  };
}

function pick(result: GenerationResult): Answer {
  const { text, tokens, finishReason, promptTokens, cachedTokens, computedTokens } = result;
  return { text, tokens, finishReason, promptTokens, cachedTokens, computedTokens };
}

const logprobsOf = ({ logprobs = [] }: GenerationResult): number[] =>
  logprobs.flatMap(({ logprob, top }) => [logprob, ...top.map((one) => one.logprob)]);
