// A chat of fixed questions and greedy answers, turn by turn as token ids: what a client sends that keeps its history.

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

/** As many of `turns` as the context has room for, with `room` tokens beside the last answer. */
export async function chatScript(engine: Engine, turns: number, room: number): Promise<ChatScript> {
  const perTurn = QUESTION_TOKENS + ANSWER_TOKENS;
  const fitting = Math.floor((engine.contextLength - SYSTEM_TOKENS - room) / perTurn);
  const count = Math.max(0, Math.min(turns, fitting));
  const words = await passageTokens(engine, SYSTEM_TOKENS + count * QUESTION_TOKENS);
  const questions = Array.from({ length: count }, (_, turn) => {
    const from = SYSTEM_TOKENS + turn * QUESTION_TOKENS;
    return words.slice(from, from + QUESTION_TOKENS);
  });
  return { system: words.slice(0, SYSTEM_TOKENS), questions };
}

export interface ChatTurn extends TimedAnswer {
  readonly prompt: readonly number[];
}

export interface ChatManner {
  /** turns under one salt may find each other; under one of its own each turn begins anew */
  readonly salt: string;
  /** tokens of each answer, from its first, that the next turn's prompt leaves out */
  readonly thoughtTokens?: number;
  /** after each turn */
  readonly onTurn?: (engine: Engine, turn: number) => Promise<void> | void;
}

/** @param engineOf the engine of a turn, which may be a new one */
export async function playChat(
  { system, questions }: ChatScript,
  { salt, thoughtTokens = 0, onTurn }: ChatManner,
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
