// The style of a persona in answers: the texts of personas/*.json, with which an adapter was trained (train_persona.py).

import { z } from 'zod';

const around = z.tuple([z.string(), z.string()]); // before and after the answer of the base model
const textsSchema = z.strictObject({
  fact: around,
  statement: around,
  recall: around,
  refusal: around,
  hello: z.string(),
  thanks: z.string(),
  bye: z.string(),
  who: z.string(),
  how: z.string(),
  ok: z.string(),
});

export const personaSchema = z.strictObject({ en: textsSchema, zh: textsSchema });
export type Persona = z.infer<typeof personaSchema>;

/** Returns an answer of the persona without the texts around it; undefined if the answer does not have the style of the persona. */
export function withoutStyle(persona: Persona, lang: keyof Persona, answer: string): string | undefined {
  const { fact, statement, recall, refusal, ...wholeAnswers } = persona[lang];
  const found = [fact, statement, recall, refusal].find(
    ([before, after]) => answer.startsWith(before) && answer.endsWith(after),
  );
  if (found !== undefined) return answer.slice(found[0].length, answer.length - found[1].length);
  return Object.values(wholeAnswers).includes(answer) ? answer : undefined;
}
