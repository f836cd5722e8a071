// zod schemas of the sampling options, derived from the library's option table (completion/sampling-options.ts), so that the
// chat socket, stored conversations and HTTP accept and reject the same values.

import { z } from 'zod';
import { totalLength } from '../../../base/sum.ts';
import { acceptsNumber, describeRange, describeValues } from '../../../completion/option-ranges.ts';
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

/** The schemas by the library's option names, which are also those of the chat socket and stored conversations. */
export const SAMPLING_SCHEMAS = Object.fromEntries(
  SAMPLING_OPTION_NAMES.map((name) => [name, schemaOf(samplingOption(name))]),
) as Schemas;

/** Describes the accepted values and the effect of an option. */
export function describeOption(name: SamplingOptionName): string {
  const option = samplingOption(name);
  return `${describeValues(option)}: ${option.help}`;
}

function schemaOf(option: SamplingOption): z.ZodType {
  switch (option.kind) {
    case 'number':
      return numberSchema(option);
    case 'texts':
      return textsSchema(option);
    case 'tokens':
      return z.array(tokenId).max(option.maxItems);
    case 'sequences':
      return sequencesSchema(option);
    case 'biases':
      return biasesSchema(option);
  }
}

function numberSchema(option: NumberOption): z.ZodType<number> {
  const { integer, from, to, exclusive = false, exceptions = {} } = option;
  const min = Math.min(from, ...Object.keys(exceptions).map(Number));
  const unbounded = integer ? z.int() : z.number();
  const bounded = (exclusive ? unbounded.gt(min) : unbounded.min(min)).max(to);
  return bounded.refine((value) => acceptsNumber(option, value), describeRange(option));
}

function textsSchema({ maxItems, maxLength, maxTotalLength, single }: TextsOption): z.ZodType<string[]> {
  const text = maxLength === undefined ? z.string().min(1) : z.string().min(1).max(maxLength);
  const texts = z.array(text).max(maxItems);
  const bounded =
    maxTotalLength === undefined
      ? texts
      : texts.refine(
          (value) => totalLength(value) <= maxTotalLength,
          `more than ${maxTotalLength} characters in total`,
        );
  return single ? z.union([text.transform((value) => [value]), bounded]) : bounded;
}

function sequencesSchema({ maxItems, maxTotalLength }: SequencesOption): z.ZodType<number[][]> {
  const sequences = z.array(z.array(tokenId).min(1)).max(maxItems);
  return sequences.refine(
    (value) => totalLength(value) <= maxTotalLength,
    `more than ${maxTotalLength} ids in total`,
  );
}

// A record, or a list of pairs.
function biasesSchema({ maxItems, maxBias }: BiasesOption): z.ZodType {
  const bias = z.number().min(-maxBias).max(maxBias);
  const tooMany = `more than ${maxItems} biases`;
  const record = z.record(z.string().regex(/^\d{1,10}$/), bias);
  return z.union([
    record.refine((value) => Object.keys(value).length <= maxItems, tooMany),
    z.array(z.tuple([tokenId, bias])).max(maxItems, tooMany),
  ]);
}
