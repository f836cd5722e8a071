// Generates answers to the same requests in Node and in a page. Tokens and numbers of cached tokens must be equal. The last bits
// of log-probabilities may differ, because logarithms differ between versions of JavaScript engines.

import type { GenerationResult } from '../../src/completion/generation.ts';
import type { Engine, GenerateRequest } from '../../src/engine/engine.ts';

export type Answer = Pick<GenerationResult, 'text' | 'tokens' | 'finishReason'> &
  Pick<GenerationResult, 'promptTokens' | 'cachedTokens' | 'computedTokens'>;

export interface Answers {
  readonly fingerprint: string;
  readonly greedy: Answer;
  readonly sampled: Answer;
  /** answer to a second turn of the conversation */
  readonly secondTurn: Answer;
  /** answers that are generated at the same time */
  readonly parallel: readonly Answer[];
  /** log-probabilities of each token of all answers, and of two candidates per token */
  readonly logprobs: readonly number[];
  /** speed of the greedy answer */
  readonly decodeTokensPerSecond: number;
}

const SYSTEM =
  'You are a helpful assistant. Answer in one or two short sentences, and say so when you do not know.';
const QUESTION = 'Tell me a story about a cat and a ship.';

export async function generateAnswers(engine: Engine): Promise<Answers> {
  const answer = async (request: GenerateRequest): Promise<GenerationResult> =>
    engine.generate({ maxTokens: 24, logprobs: 2, ...request }).result;
  const firstTurn = [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: QUESTION },
  ] as const;
  const greedy = await answer({ messages: firstTurn, temperature: 0 });
  const samplingOptions = {
    temperature: 2,
    topK: 200,
    topP: 0.99,
    minP: 0.0001,
    repetitionPenalty: 1.1,
    seed: 7,
  };
  const sampled = await answer({ messages: firstTurn, ...samplingOptions });
  const followUp = [
    { role: 'assistant', content: greedy.text },
    { role: 'user', content: 'And of 中国?' },
  ] as const;
  const secondTurn = await answer({ messages: [...firstTurn, ...followUp], ...samplingOptions, seed: 8 });
  const prompts = ['Once upon a time', 'The quick brown fox', 'Water boils at'];
  const parallel = await Promise.all(
    prompts.map((prompt) => answer({ prompt, raw: true, ...samplingOptions })),
  );
  return {
    fingerprint: engine.info.fingerprint,
    greedy: pick(greedy),
    sampled: pick(sampled),
    secondTurn: pick(secondTurn),
    parallel: parallel.map(pick),
    logprobs: [greedy, sampled, secondTurn, ...parallel].flatMap(logprobsOf),
    decodeTokensPerSecond: greedy.decodeTokensPerSecond,
  };
}

function pick(result: GenerationResult): Answer {
  const { text, tokens, finishReason, promptTokens, cachedTokens, computedTokens } = result;
  return { text, tokens, finishReason, promptTokens, cachedTokens, computedTokens };
}

const logprobsOf = ({ logprobs = [] }: GenerationResult): number[] =>
  logprobs.flatMap(({ logprob, top }) => [logprob, ...top.map((candidate) => candidate.logprob)]);
