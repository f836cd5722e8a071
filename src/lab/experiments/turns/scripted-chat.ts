// Plays a chat of fixed questions and greedy answers as token ids, turn by turn, like a client that stores the history.

import type { Engine } from '../../../engine/engine.ts';
import { generateTimedAnswer, type TimedAnswer } from '../../answer.ts';
import { passageTokens } from '../../passage.ts';

const SYSTEM_TOKENS = 40;
export const QUESTION_TOKENS = 28;
export const ANSWER_TOKENS = 12;

export interface ChatScript {
  readonly system: readonly number[];
  /** one question for each turn */
  readonly questions: readonly (readonly number[])[];
}

/** Returns a chat of at most `turns` turns that fits the context with `reserved` tokens in addition to the last answer. */
export async function createChatScript(engine: Engine, turns: number, reserved: number): Promise<ChatScript> {
  const perTurn = QUESTION_TOKENS + ANSWER_TOKENS;
  const maxTurns = Math.floor((engine.contextLength - SYSTEM_TOKENS - reserved) / perTurn);
  const count = Math.max(0, Math.min(turns, maxTurns));
  const passage = await passageTokens(engine, SYSTEM_TOKENS + count * QUESTION_TOKENS);
  const questions = Array.from({ length: count }, (_, turn) => {
    const from = SYSTEM_TOKENS + turn * QUESTION_TOKENS;
    return passage.slice(from, from + QUESTION_TOKENS);
  });
  return { system: passage.slice(0, SYSTEM_TOKENS), questions };
}

export interface ChatTurn extends TimedAnswer {
  readonly prompt: readonly number[];
}

export interface ChatMode {
  /** turns with the same salt can share cached blocks */
  readonly salt: string;
  /** number of first tokens of each answer that the prompt of the next turn omits */
  readonly reasoningTokens?: number;
  /** called after each turn */
  readonly onTurn?: (engine: Engine, turn: number) => Promise<void> | void;
}

/** @param engineOf returns the engine of a turn, which may be a new one */
export async function playChat(
  { system, questions }: ChatScript,
  { salt, reasoningTokens = 0, onTurn }: ChatMode,
  engineOf: (turn: number) => Engine | Promise<Engine>,
): Promise<ChatTurn[]> {
  const turns: ChatTurn[] = [];
  let history = system;
  for (const [turn, question] of questions.entries()) {
    const engine = await engineOf(turn);
    const prompt = [...history, ...question];
    const answer = await generateTimedAnswer(engine, prompt, reasoningTokens + ANSWER_TOKENS, {
      cacheSalt: salt,
    });
    turns.push({ ...answer, prompt });
    history = [...prompt, ...answer.tokens.slice(reasoningTokens)];
    await onTurn?.(engine, turn);
  }
  return turns;
}
