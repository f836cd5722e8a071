// Sampling options that mean something only with a model's vocabulary: ids must be in it, bad words become
// sequences of ids, and the model's own end tokens end an answer too.

import { QuireError } from '../base/errors.ts';
import type { SamplingParameters } from '../sampler/parameters.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/**
 * `parameters` with the end tokens among `stopTokens` and the bad words among `badTokens`. Raises `bad_option`.
 * @param vocabSize rows of the output projection; the tokenizer may have fewer ids, or more
 */
export function withVocabulary(
  parameters: SamplingParameters,
  tokenizer: Tokenizer,
  vocabSize: number,
): SamplingParameters {
  const { logitBias, stopTokens, badTokens, badWords } = parameters;
  checkIds('logitBias', logitBias.keys(), vocabSize);
  checkIds('stopTokens', stopTokens, vocabSize);
  checkIds('badTokens', badTokens.flat(), vocabSize);
  const endTokens = tokenizer.eosIds.filter((id) => Number.isInteger(id) && id >= 0 && id < vocabSize);
  const badSpellings = badWords
    .flatMap((word) => spellings(word, tokenizer))
    .filter((ids) => ids.every((id) => id < vocabSize)); // the others cannot come up
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
    );
  }
}

// In mid-text, so that nothing but the text itself is spelled: as it is, and after a space.
function spellings(word: string, tokenizer: Tokenizer): number[][] {
  const texts = word.startsWith(' ') ? [word] : [word, ` ${word}`];
  return texts.map((text) => {
    const ids = tokenizer.encode(text, { place: 'inside' });
    if (ids.length > 0 && tokenizer.decodeRaw(ids) === text) return ids;
    throw new QuireError(
      'bad_option',
      `badWords has ${JSON.stringify(word)}, which this model's tokenizer cannot spell`,
      'it takes texts that the model could say; badTokens takes ids',
    );
  });
}
