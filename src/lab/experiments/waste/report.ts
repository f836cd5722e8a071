// The report of the experiment `waste`.

import { column, type Findings } from '../../findings.ts';
import { formatNumber as f } from '../../report/format-cell.ts';
import { median } from '../../statistics.ts';
import type { BilingualText } from '../../text.ts';
import type { Allocation, MemoryUse, WasteData } from './data.ts';
import { TEXTS } from './texts.ts';

const DEFAULT_BLOCK_SIZE = 16; // tokens
const MIN_USED_SHARE = 0.96;

/** Share of the KV memory that contains tokens, from figure 2 of Kwon et al. 2023. */
const PAPER = { orcaMax: 0.204, orcaPow2: 0.268, orcaOracle: 0.382, vllm: 0.963 };

export function reportWaste(data: WasteData, findings: Findings, complete: boolean): void {
  if (data.allocations.length === 0) return;
  reportUse(data, findings);
  reportBlocks(data, findings);
  if (!complete) return;
  addMetrics(data, findings);
  conclude(data.allocations, findings);
}

const nameOf = ({ blockSize }: Allocation): BilingualText =>
  blockSize === undefined ? TEXTS.contiguous : TEXTS.blocks(blockSize);

function reportUse(data: WasteData, findings: Findings): void {
  const { allocations } = data;
  findings.table(['use', TEXTS.useTitle(data)], allocations, [
    column(TEXTS.allocation, nameOf),
    column(TEXTS.usedOfReserved, ({ use }) => 100 * use.usedOfReserved, '%'),
    column(TEXTS.usedOfAll, ({ use }) => 100 * use.usedOfAll, '%'),
    column(TEXTS.sequences, ({ use }) => use.sequences),
    column(TEXTS.wastedPerSequence, ({ use }) => use.wastedTokens, 'tokens'),
    column(TEXTS.mostWasted, ({ use }) => use.mostWastedTokens, 'tokens'),
    column(TEXTS.preemptions, ({ use }) => use.preemptions),
  ]);
  findings.chart({
    name: 'use',
    kind: 'bars',
    title: TEXTS.useChartTitle,
    x: { title: TEXTS.allocation },
    y: { title: TEXTS.used, unit: '%' },
    series: [
      {
        name: TEXTS.measuredHere,
        points: allocations.map((allocation) => [nameOf(allocation), 100 * allocation.use.usedOfReserved]),
      },
      {
        name: TEXTS.paper,
        points: [
          ['Orca (Max)', 100 * PAPER.orcaMax],
          ['Orca (Pow2)', 100 * PAPER.orcaPow2],
          ['Orca (Oracle)', 100 * PAPER.orcaOracle],
          ['vLLM', 100 * PAPER.vllm],
        ],
      },
    ],
  });
}

interface PagedAllocation extends Allocation {
  readonly blockSize: number;
}

const isPaged = (allocation: Allocation): allocation is PagedAllocation => allocation.blockSize !== undefined;

function reportBlocks({ allocations, contexts, contextLength }: WasteData, findings: Findings): void {
  const paged = allocations.filter(isPaged);
  findings.table(['metadata', TEXTS.metadataTitle], paged, [
    column(TEXTS.allocation, nameOf),
    column(TEXTS.tableBlocks, ({ use }) => use.tableBlocks),
    column(TEXTS.poolBlocks, ({ blockSize }) => (contexts * contextLength) / blockSize),
    column(TEXTS.planning, ({ planningMicros }) => median(planningMicros), 'µs per step'),
  ]);
  if (paged.length === 0) return;
  const line = (valueFor: (blockSize: number, use: MemoryUse) => number): [number, number][] =>
    paged.map(({ blockSize, use }) => [blockSize, valueFor(blockSize, use)]);
  findings.chart({
    name: 'waste',
    kind: 'lines',
    title: TEXTS.wasteChartTitle,
    x: { title: TEXTS.blockSize, unit: 'tokens', scale: 'log' },
    y: { title: TEXTS.wastedAxis, unit: 'tokens' },
    series: [
      { name: TEXTS.measured, points: line((_, use) => use.wastedTokens) },
      { name: TEXTS.halfBlock, style: 'dashes', points: line((size) => (size - 1) / 2) },
      { name: TEXTS.bound, style: 'dashes', points: line((size) => size) },
    ],
  });
}

// These metrics do not depend on measured times, so a difference between two runs is due to the code.
function addMetrics({ allocations, requests }: WasteData, findings: Findings): void {
  const shared = { better: 'higher', exact: true } as const;
  for (const allocation of allocations) {
    if (allocation.blockSize !== undefined && allocation.blockSize !== DEFAULT_BLOCK_SIZE) continue;
    const name = nameOf(allocation);
    findings.metric(
      {
        name: `${name.en}: used of reserved, ${requests} requests`,
        title: TEXTS.usedMetric(name),
        ...{ unit: '%', ...shared },
      },
      [100 * allocation.use.usedOfReserved],
    );
    findings.metric(
      {
        name: `${name.en}: sequences at once, ${requests} requests`,
        title: TEXTS.sequencesMetric(name),
        ...{ unit: 'sequences', ...shared },
      },
      [allocation.use.sequences],
    );
  }
}

const percent = (share: number): string => f(100 * share);

function conclude(allocations: readonly Allocation[], findings: Findings): void {
  const contiguous = allocations.find((allocation) => !isPaged(allocation))!.use;
  const defaultBlocks = allocations.find(({ blockSize }) => blockSize === DEFAULT_BLOCK_SIZE)!;
  findings.observe(
    TEXTS.comparison(DEFAULT_BLOCK_SIZE, {
      ...{ contiguous: percent(contiguous.usedOfReserved), paged: percent(defaultBlocks.use.usedOfReserved) },
      ...{ contiguousSequences: f(contiguous.sequences), pagedSequences: f(defaultBlocks.use.sequences) },
      ratio: f(defaultBlocks.use.sequences / contiguous.sequences),
    }),
  );
  findings.observe(TEXTS.paperResult(percent(PAPER.orcaMax), percent(PAPER.orcaOracle), percent(PAPER.vllm)));
  const exceeding = allocations.filter(
    ({ blockSize, use }) => use.mostWastedTokens >= (blockSize ?? Number.POSITIVE_INFINITY),
  );
  const defaultUse = {
    ...{ wasted: f(defaultBlocks.use.wastedTokens), half: f((DEFAULT_BLOCK_SIZE - 1) / 2) },
    ...{
      entries: f(defaultBlocks.use.tableBlocks),
      reserved: f(defaultBlocks.use.tableBlocks * DEFAULT_BLOCK_SIZE),
    },
  };
  if (exceeding.length > 0) findings.contradict(TEXTS.wasteBeyondBlock(exceeding.map(nameOf)));
  else findings.observe(TEXTS.wasteBelowBlock(DEFAULT_BLOCK_SIZE, defaultUse));
  if (defaultBlocks.use.usedOfReserved < MIN_USED_SHARE)
    findings.contradict(TEXTS.littleUsed(DEFAULT_BLOCK_SIZE, percent(MIN_USED_SHARE), defaultUse));
  concludeSmallBlocks(allocations, defaultBlocks, findings);
}

function concludeSmallBlocks(
  allocations: readonly Allocation[],
  defaultBlocks: Allocation,
  findings: Findings,
): void {
  const smallest = allocations.find(({ blockSize }) => blockSize === 1);
  const largest = allocations.at(-1)!;
  if (smallest === undefined) return;
  const formatted = ({ use, planningMicros }: Allocation) => ({
    ...{ entries: f(use.tableBlocks), micros: f(median(planningMicros)), preemptions: use.preemptions },
  });
  findings.observe(
    TEXTS.smallBlocks({
      ...{
        defaultSize: DEFAULT_BLOCK_SIZE,
        smallest: formatted(smallest),
        defaultBlocks: formatted(defaultBlocks),
      },
      ...{ largestSize: largest.blockSize ?? 0, largestUsed: percent(largest.use.usedOfReserved) },
    }),
  );
}
