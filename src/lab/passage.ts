// A text of any length for experiments: plain sentences, to which a trained model assigns a high probability.

import type { Engine } from '../engine/engine.ts';

const PASSAGE = `The lighthouse keeper had two notebooks. In the first he wrote down every ship that passed, its name, the hour and
the weather. In the second he wrote only what had changed since the day before. One winter the first notebook was lost in a
storm, and a clerk from the harbour came to ask about a ship. The keeper opened the second notebook, began at a page that he
was sure of, and read forward from there. He did not have to remember the years before it. When the clerk asked again the
next day, about another ship of the same week, the keeper began at the same page, and the answer took half as long. "Why do
you not begin at the beginning?" asked the clerk. "Because I was there already," said the keeper, "and nothing on that page
has changed." In spring the clerk came back with a new notebook, a gift of the harbour. It had numbered pages, and room for
sixteen lines on each. `;

/** Returns `count` token ids of plain text, the same in every run. */
export async function passageTokens(engine: Engine, count: number): Promise<number[]> {
  const tokens = await engine.tokenizer.encodePromptAsync(PASSAGE);
  const repeated = tokens.slice(1); // without the token that some tokenizers add at the start
  const passage = [...tokens];
  while (passage.length < count) passage.push(...repeated);
  return passage.slice(0, count);
}
