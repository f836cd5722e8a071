// The measured data of the experiment `waste`.

import { z } from 'zod';
import { countSchema, samplesSchema } from '../../data-schemas.ts';

export const DATA_VERSION = 1;

const lengthsSchema = z.object({
  median: z.number(),
  /** standard deviation of the logarithm */
  spread: z.number(),
});

/** Averages over the simulated time in which memory was full. */
const memoryUseSchema = z.object({
  /** computed tokens of running sequences, as a share of the tokens that they reserve memory for */
  usedOfReserved: z.number(),
  /** computed tokens of running sequences, as a share of all KV memory */
  usedOfAll: z.number(),
  /** number of sequences that run at the same time */
  sequences: z.number(),
  /** tokens that a sequence reserves but does not use */
  wastedTokens: z.number(),
  /** the largest number of wasted tokens in one sequence */
  mostWastedTokens: z.number(),
  /** blocks in the block table of a sequence */
  tableBlocks: z.number(),
  preemptions: countSchema,
});

const allocationSchema = z.object({
  /** absent for contiguous allocation */
  blockSize: countSchema.min(1).optional(),
  use: memoryUseSchema,
  /** scheduling and bookkeeping per step, one for each round; the second round runs in reverse order */
  planningMicros: samplesSchema.min(1),
});

export const wasteSchema = z.object({
  requests: countSchema,
  prompt: lengthsSchema,
  answer: lengthsSchema,
  contextLength: countSchema,
  /** size of the KV memory, in contexts */
  contexts: countSchema,
  allocations: z.array(allocationSchema),
});

export type WasteData = z.output<typeof wasteSchema>;
export type MemoryUse = z.output<typeof memoryUseSchema>;
export type Allocation = z.output<typeof allocationSchema>;
