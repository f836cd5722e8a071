// Chooses a model whose context fits sequences of a given length, and computes the KV memory of such a sequence.

import { kvSequenceBytes } from '../../../base/model/kv-layout.ts';
import { kvSize } from '../../../engine/kv-size.ts';
import { availableMemory } from '../../../engine/node/available-memory.ts';
import type { LabBench, ModelChoice } from '../../lab-bench.ts';

export interface SequenceMemory {
  readonly choice: ModelChoice;
  readonly modelName: string;
  /** in tokens: whole blocks, limited by the longest context of the model */
  readonly contextLength: number;
  /** KV memory of a sequence of this length */
  readonly contextBytes: number;
}

/** Returns the model under test, or a small model if the context of the model under test is too short. */
export async function sequenceMemoryFor(bench: LabBench, tokens: number): Promise<SequenceMemory> {
  const tested = (await bench.load()).config;
  const longest = tested.maxContextLength ?? tested.contextLength;
  const choice = longest >= tokens ? {} : { model: await bench.smallLlama() };
  const { config, program, backend } = await bench.load(choice);
  const { layout } = kvSize(config, program, { kvDtype: backend.kvDtype }, availableMemory());
  const blocks = Math.ceil(tokens / layout.blockSize);
  const contextLength = Math.min(blocks * layout.blockSize, config.maxContextLength ?? config.contextLength);
  return {
    choice,
    modelName: config.name,
    contextLength,
    contextBytes: kvSequenceBytes(layout, blocks * layout.blockSize),
  };
}
