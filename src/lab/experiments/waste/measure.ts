// The measurement of the experiment `waste`, which runs no model.

import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { ANSWER_LENGTHS, chatLengths, PROMPT_LENGTHS } from './chat-lengths.ts';
import type { WasteData } from './data.ts';
import { type SimulatedUse, simulateMemory } from './simulated-memory.ts';

const CONTEXT = 2048;
const CONTEXTS = 16; // size of the KV memory
const REQUESTS = 400; // enough to fill the memory many times
const WARM_UP_REQUESTS = 50;
const BLOCK_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const QUICK_BLOCK_SIZES = [1, 16, 256];
const WARM_UP_BLOCK_SIZE = 16;

export async function measureWaste(bench: LabBench, record: RecordData<WasteData>): Promise<WasteData> {
  const requests = chatLengths(bench.fullOrQuick(REQUESTS, 150), CONTEXT);
  const data: WasteData = {
    requests: requests.length,
    ...{
      prompt: { ...PROMPT_LENGTHS },
      answer: { ...ANSWER_LENGTHS },
      contextLength: CONTEXT,
      contexts: CONTEXTS,
    },
    allocations: [],
  };
  record(data);
  const simulate = (blockSize: number | undefined, simulated = requests): Promise<SimulatedUse> => {
    const policy = blockSize === undefined ? 'contiguous' : 'paged';
    const shape = { policy, blockSize: blockSize ?? WARM_UP_BLOCK_SIZE, contextLength: CONTEXT } as const;
    return simulateMemory(simulated, { ...shape, poolTokens: CONTEXTS * CONTEXT }, () =>
      bench.throwIfAborted(),
    );
  };
  await simulate(WARM_UP_BLOCK_SIZE, requests.slice(0, WARM_UP_REQUESTS)); // warm-up, because the time of scheduling is measured
  const sizes = [undefined, ...bench.fullOrQuick(BLOCK_SIZES, QUICK_BLOCK_SIZES)];
  const rounds = [...sizes.keys(), ...[...sizes.keys()].reverse()];
  for (const [done, i] of rounds.entries()) {
    bench.progress(done, rounds.length);
    const blockSize = sizes[i];
    const { planningMicrosPerStep, ...use } = await simulate(blockSize);
    const allocation = data.allocations[i];
    if (allocation !== undefined) allocation.planningMicros.push(planningMicrosPerStep);
    else
      data.allocations.push({
        ...(blockSize !== undefined && { blockSize }),
        ...{ use, planningMicros: [planningMicrosPerStep] },
      });
  }
  return data;
}
