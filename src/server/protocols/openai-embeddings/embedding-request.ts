// The parameters of POST /v1/embeddings. Strings that look like control tokens are encoded as text; clients that need control
// tokens send token ids.

import { z } from 'zod';
import { MAX_PRIORITY } from '../../../completion/option-ranges.ts';
import { optional } from '../../http/bodies/read-body.ts';
import { promptSchema } from '../../http/bodies/token-id-schemas.ts';
import { MAX_EMBEDDED_TEXTS } from '../../http/limits.ts';
import { commonShape } from '../openai/common-parameters.ts';

const { model, adapter, cache_salt, user } = commonShape;

export const embeddingRequestSchema = z.strictObject({
  input: promptSchema(MAX_EMBEDDED_TEXTS).describe(
    `a text, a list of token ids, or a list of at most ${MAX_EMBEDDED_TEXTS} texts or token id lists`,
  ),
  model,
  adapter,
  encoding_format: optional(z.enum(['float', 'base64'])).describe(
    '"float" (the default): lists of numbers; "base64": single-precision numbers, least significant byte first',
  ),
  dimensions: optional(z.int().min(1)).describe(
    'length of the vectors, for models that are trained for shorter vectors; all elements by default',
  ),
  cache_salt,
  priority: optional(z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY)).describe(
    `from -${MAX_PRIORITY} to ${MAX_PRIORITY}; requires --scheduling priority`,
  ),
  user,
});

export const embeddingResponseSchema = z.strictObject({
  object: z.literal('list'),
  data: z.array(
    z.strictObject({
      object: z.literal('embedding'),
      index: z.int().describe('index of the text in "input"'),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.strictObject({
    prompt_tokens: z.int().describe('including cached tokens'),
    total_tokens: z.int(),
    prompt_tokens_details: z.strictObject({
      cached_tokens: z.int().describe('prompt tokens found in the cache'),
    }),
  }),
});
