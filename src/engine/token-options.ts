// Applies the vocabulary of a model to the sampling options: checks token ids, converts bad words to sequences of token ids, and
// adds the end tokens of the model to the stop tokens.

import { QuireError } from '../base/errors.ts';
import type { Steps } from '../base/steps.ts';
import type { SamplingParameters } from '../sampler/parameters.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/**
 * Returns `parameters` with the end tokens added to `stopTokens` and the bad words added to `badTokens`. Throws `bad_option`.
 * @param vocabSize number of rows of the output projection; the tokenizer may have fewer or more ids
 * @param badWordTokens the result of `encodeBadWords`
 */
export function resolveTokenOptions(
  parameters: SamplingParameters,
  tokenizer: Tokenizer,
  vocabSize: number,
  badWordTokens: BadWordTokens,
): SamplingParameters {
  const { logitBias, stopTokens, badTokens } = parameters;
  checkIds('logitBias', logitBias.keys(), vocabSize);
  checkIds('stopTokens', stopTokens, vocabSize);
  checkIds('badTokens', badTokens.flat(), vocabSize);
  const endTokens = tokenizer.eosIds.filter((id) => Number.isInteger(id) && id >= 0 && id < vocabSize);
  return {
    ...parameters,
    topK: parameters.topK >= vocabSize ? 0 : parameters.topK, // such a value selects the whole vocabulary, as 0 does
    stopTokens: new Set([...stopTokens, ...endTokens]),
    badTokens: [...badTokens, ...badWordTokens],
  };
}

function checkIds(option: string, ids: Iterable<number>, vocabSize: number): void {
  for (const id of ids) {
    if (id < vocabSize) continue;
    throw new QuireError(
      'bad_option',
      `${option} contains the unknown token id ${id}`,
      `use token ids from 0 to ${vocabSize - 1}`,
      { option },
    );
  }
}

/** Sequences of token ids that must not be generated. */
export type BadWordTokens = readonly (readonly number[])[];

/** Tokenizes bad words as they occur inside a text, with and without a leading space. Throws `bad_option`. */
export function* encodeBadWords(
  words: readonly string[],
  tokenizer: Tokenizer,
  vocabSize: number,
): Steps<BadWordTokens> {
  const sequences: number[][] = [];
  for (const word of words) {
    for (const text of word.startsWith(' ') ? [word] : [word, ` ${word}`]) {
      const ids = yield* tokenizer.encodeSteps(text, { place: 'inside' });
      if (ids.length === 0 || tokenizer.decodeRaw(ids) !== text) throw unencodableWordError(word);
      if (ids.every((id) => id < vocabSize)) sequences.push(ids); // ids outside the vocabulary cannot be sampled
      yield;
    }
  }
  return sequences;
}

const unencodableWordError = (word: string): QuireError =>
  new QuireError(
    'bad_option',
    `badWords contains ${JSON.stringify(word.slice(0, 64))}, which the tokenizer of the model cannot encode`,
    'use texts that the model can generate, or token ids in badTokens',
    { option: 'badWords' },
  );
