// Sampling options that mean something only with a model's vocabulary: ids must be in it, bad words become
// sequences of ids, and the model's own end tokens end an answer too.

import { QuireError } from '../base/errors.ts';
import type { Steps } from '../base/steps.ts';
import type { SamplingParameters } from '../sampler/parameters.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/**
 * `parameters` with the end tokens among `stopTokens` and the bad words among `badTokens`. Raises `bad_option`.
 * @param vocabSize rows of the output projection; the tokenizer may have fewer ids, or more
 * @param badSpellings what `badWordSpellings` made of the bad words
 */
export function withVocabulary(
  parameters: SamplingParameters,
  tokenizer: Tokenizer,
  vocabSize: number,
  badSpellings: Spellings,
): SamplingParameters {
  const { logitBias, stopTokens, badTokens } = parameters;
  checkIds('logitBias', logitBias.keys(), vocabSize);
  checkIds('stopTokens', stopTokens, vocabSize);
  checkIds('badTokens', badTokens.flat(), vocabSize);
  const endTokens = tokenizer.eosIds.filter((id) => Number.isInteger(id) && id >= 0 && id < vocabSize);
  return {
    ...parameters,
    topK: parameters.topK >= vocabSize ? 0 : parameters.topK, // as many as there are is all of them
    stopTokens: new Set([...stopTokens, ...endTokens]),
    badTokens: [...badTokens, ...badSpellings],
  };
}

function checkIds(option: string, ids: Iterable<number>, vocabSize: number): void {
  for (const id of ids) {
    if (id < vocabSize) continue;
    throw new QuireError(
      'bad_option',
      `${option} has the token ${id}`,
      `it takes ids from 0 to ${vocabSize - 1}`,
      { option },
    );
  }
}

/** Sequences of ids, none of which may come up. */
export type Spellings = readonly (readonly number[])[];

/**
 * Bad words as the tokenizer spells them, in mid-text, so that nothing but the text itself is spelled: as they are, and
 * after a space. Raises `bad_option`.
 */
export function* badWordSpellings(
  words: readonly string[],
  tokenizer: Tokenizer,
  vocabSize: number,
): Steps<Spellings> {
  const spellings: number[][] = [];
  for (const word of words) {
    for (const text of word.startsWith(' ') ? [word] : [word, ` ${word}`]) {
      const ids = yield* tokenizer.encodeSteps(text, { place: 'inside' });
      if (ids.length === 0 || tokenizer.decodeRaw(ids) !== text) throw noSpelling(word);
      if (ids.every((id) => id < vocabSize)) spellings.push(ids); // the others cannot come up
      yield;
    }
  }
  return spellings;
}

const noSpelling = (word: string): QuireError =>
  new QuireError(
    'bad_option',
    `badWords has ${JSON.stringify(word.slice(0, 64))}, which this model's tokenizer cannot spell`,
    'it takes texts that the model could say; badTokens takes ids',
    { option: 'badWords' },
  );
