// zod schemas of the sampling options, derived from the table that the library checks by (completion/sampling-options.ts),
// so that the chat socket, stored conversations and HTTP take the same and refuse the same.

import { z } from 'zod';
import { totalLength } from '../../../base/sum.ts';
import { rangeOf, takesNumber, valuesOf } from '../../../completion/option-ranges.ts';
import {
  type BiasesOption,
  type NumberOption,
  SAMPLING_OPTION_NAMES,
  type SamplingOption,
  type SamplingOptionName,
  type SamplingOptions,
  type SequencesOption,
  samplingOption,
  type TextsOption,
} from '../../../completion/sampling-options.ts';

const tokenId = z.int().min(0);

type Schemas = { readonly [Name in SamplingOptionName]: z.ZodType<NonNullable<SamplingOptions[Name]>> };

/** By the library's names, as the chat socket and stored conversations have them. */
export const SAMPLING_SCHEMAS = Object.fromEntries(
  SAMPLING_OPTION_NAMES.map((name) => [name, schemaOf(samplingOption(name))]),
) as Schemas;

/** What an option takes and does, in words. */
export function describeOption(name: SamplingOptionName): string {
  const option = samplingOption(name);
  return `${valuesOf(option)}: ${option.help}`;
}

function schemaOf(option: SamplingOption): z.ZodType {
  switch (option.kind) {
    case 'number':
      return numberSchema(option);
    case 'texts':
      return textsSchema(option);
    case 'tokens':
      return z.array(tokenId).max(option.most);
    case 'sequences':
      return sequencesSchema(option);
    case 'biases':
      return biasesSchema(option);
  }
}

function numberSchema(option: NumberOption): z.ZodType<number> {
  const { whole, from, to, above = false, also = {} } = option;
  const least = Math.min(from, ...Object.keys(also).map(Number));
  const plain = whole ? z.int() : z.number();
  const bounded = (above ? plain.gt(least) : plain.min(least)).max(to);
  return bounded.refine((value) => takesNumber(option, value), rangeOf(option));
}

function textsSchema({ most, longest, together, single }: TextsOption): z.ZodType<string[]> {
  const text = longest === undefined ? z.string().min(1) : z.string().min(1).max(longest);
  const texts = z.array(text).max(most);
  const bounded =
    together === undefined
      ? texts
      : texts.refine((given) => totalLength(given) <= together, `more than ${together} characters`);
  return single ? z.union([text.transform((one) => [one]), bounded]) : bounded;
}

function sequencesSchema({ most, together }: SequencesOption): z.ZodType<number[][]> {
  const sequences = z.array(z.array(tokenId).min(1)).max(most);
  return sequences.refine((given) => totalLength(given) <= together, `more than ${together} ids`);
}

// As a record, or as pairs.
function biasesSchema({ most, largest }: BiasesOption): z.ZodType {
  const bias = z.number().min(-largest).max(largest);
  const tooMany = `more than ${most} biases`;
  const record = z.record(z.string().regex(/^\d{1,10}$/), bias);
  return z.union([
    record.refine((given) => Object.keys(given).length <= most, tooMany),
    z.array(z.tuple([tokenId, bias])).max(most, tooMany),
  ]);
}
