// Sampling that a checkpoint recommends. Ranges are looked at where it is used; what is no number is in none.

import type { GenerationDefaults } from '../base/model/model-file.ts';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import type { GgufMetadata } from './gguf/types.ts';

/** Sampling that generation_config.json recommends: temperature 0 where it says to choose the likeliest token. */
export function readGenerationDefaults(generation: JsonObject): GenerationDefaults {
  const penalty = { repetitionPenalty: generation.repetition_penalty };
  const named = {
    temperature: generation.temperature,
    topK: generation.top_k,
    topP: generation.top_p,
    minP: generation.min_p,
    typicalP: generation.typical_p,
    ...penalty,
  };
  const recommended = generation.do_sample === false ? { temperature: 0, ...penalty } : named;
  return numbersOf(recommended);
}

/** From the keys that llama.cpp introduced. */
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
  const there = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    there.map(([name, value]) => [name, typeof value === 'number' ? value : Number.NaN]),
  );
}
