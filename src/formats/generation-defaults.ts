// Reads the sampling options that a checkpoint recommends. Their ranges are checked when they are applied; a value that
// is not a number becomes NaN, which is outside every range.

import type { GenerationDefaults } from '../base/model/model-file.ts';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import type { GgufMetadata } from './gguf/types.ts';

/** Reads generation_config.json. `do_sample: false` means greedy decoding, which is temperature 0. */
export function readGenerationDefaults(generation: JsonObject): GenerationDefaults {
  const penalty = { repetitionPenalty: generation.repetition_penalty };
  const options = {
    temperature: generation.temperature,
    topK: generation.top_k,
    topP: generation.top_p,
    minP: generation.min_p,
    typicalP: generation.typical_p,
    ...penalty,
  };
  const recommended = generation.do_sample === false ? { temperature: 0, ...penalty } : options;
  return numbersOf(recommended);
}

/** Reads the `general.sampling.*` keys of a GGUF. */
export function readGgufDefaults(metadata: GgufMetadata): GenerationDefaults {
  const value = (key: string): unknown => metadata.get(`general.sampling.${key}`);
  return numbersOf({
    temperature: value('temp'),
    topK: value('top_k'),
    topP: value('top_p'),
    minP: value('min_p'),
    typicalP: value('typical_p'),
    repetitionPenalty: value('penalty_repeat'),
  });
}

function numbersOf(values: Readonly<Partial<Record<keyof GenerationDefaults, unknown>>>): GenerationDefaults {
  const present = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    present.map(([name, value]) => [name, typeof value === 'number' ? value : Number.NaN]),
  );
}
