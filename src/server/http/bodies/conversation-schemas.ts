// Schemas of the conversation settings that both the chat socket and HTTP accept.

import { z } from 'zod';
import { SAMPLING_SCHEMAS } from './sampling-schemas.ts';

export const policySchema = z.union([
  z.enum(['error', 'truncate']),
  z.strictObject({ kind: z.literal('error') }),
  z.strictObject({ kind: z.literal('truncate'), lowWater: z.number().gt(0).lt(1) }),
]);

const adapterSchema = z
  .string()
  .min(1)
  .max(128)
  .describe('the name of a LoRA adapter of the model; the model name MODEL:ADAPTER selects it too');

/** The options of an answer by the library's option names: those of sampling, and the adapter. */
export const answerSchema = z.strictObject({ ...SAMPLING_SCHEMAS, adapter: adapterSchema }).partial();

/** A model name as listed by `/v1/models`. */
export const modelNameSchema = z.string().min(1).max(512);
