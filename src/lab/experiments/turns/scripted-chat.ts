// A chat of fixed questions and greedy answers as token ids, turn by turn, as sent by a client that stores the history.

import type { Engine } from '../../../engine/engine.ts';
import { type TimedAnswer, timedAnswer } from '../../answer.ts';
import { passageTokens } from '../../passage.ts';

const SYSTEM_TOKENS = 40;
export const QUESTION_TOKENS = 28;
export const ANSWER_TOKENS = 12;

export interface ChatScript {
  readonly system: readonly number[];
  /** one for each turn */
  readonly questions: readonly (readonly number[])[];
}

/** Returns a chat of at most `turns` turns, as many as fit the context with `reserved` tokens beside the last answer. */
export async function chatScript(engine: Engine, turns: number, reserved: number): Promise<ChatScript> {
  const perTurn = QUESTION_TOKENS + ANSWER_TOKENS;
  const fitting = Math.floor((engine.contextLength - SYSTEM_TOKENS - reserved) / perTurn);
  const count = Math.max(0, Math.min(turns, fitting));
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
  /** the first tokens of each answer that the prompt of the next turn omits */
  readonly thoughtTokens?: number;
  /** called after each turn */
  readonly onTurn?: (engine: Engine, turn: number) => Promise<void> | void;
}

/** @param engineOf returns the engine of a turn, which may be a new one */
export async function playChat(
  { system, questions }: ChatScript,
  { salt, thoughtTokens = 0, onTurn }: ChatMode,
  engineOf: (turn: number) => Engine | Promise<Engine>,
): Promise<ChatTurn[]> {
  const turns: ChatTurn[] = [];
  let history = system;
  for (const [turn, question] of questions.entries()) {
    const engine = await engineOf(turn);
    const prompt = [...history, ...question];
    const answer = await timedAnswer(engine, prompt, thoughtTokens + ANSWER_TOKENS, { cacheSalt: salt });
    turns.push({ ...answer, prompt });
    history = [...prompt, ...answer.tokens.slice(thoughtTokens)];
    await onTurn?.(engine, turn);
  }
  return turns;
}
