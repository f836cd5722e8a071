// Example questions for the empty page. Each has follow-up questions that depend on it, so that three clicks show the
// savings of the KV cache. The embedded model was trained on dialogues of this kind.

import { isDiscarded } from '../state/chat-state.ts';
import type { Turn } from '../state/turn.ts';
import type { LanguageCode } from '../texts/language.ts';

/** The messages of one example, in order. */
export type Starter = readonly [string, ...string[]];

export const STARTERS: Readonly<Record<LanguageCode, readonly Starter[]>> = {
  en: [
    ['What is the highest mountain in the world?', 'What is the second?', 'And the third?'],
    ['What is the capital of Japan?', 'And of Peru?', 'And of Kenya?'],
    ['My name is Mira and I have a cat called Biscuit.', 'What is my cat called?', 'What is my name?'],
    ["It's sunny, 28 degrees.", 'Can I go to the park?', 'Do I need an umbrella?'],
  ],
  zh: [
    ['世界上最高的山是什么？', '第二呢？', '第三呢？'],
    ['日本的首都是哪里？', '秘鲁呢？', '肯尼亚呢？'],
    ['我叫小雨，我有一只猫，名字叫年糕。', '我的猫叫什么名字？', '我叫什么名字？'],
    ['今天天气怎么样？', '晴天，28℃。', '那适合去公园吗？'],
  ],
};

/** Returns the next message of a starter while the conversation matches it exactly. */
export function nextSuggestion(turns: readonly Turn[], starters: readonly Starter[]): string | undefined {
  if (turns.length === 0 || turns.some((turn) => turn.phase !== 'done' || isDiscarded(turn)))
    return undefined;
  const match = starters.find((starter) => turns.every((turn, index) => starter[index] === turn.question));
  return match?.[turns.length];
}
