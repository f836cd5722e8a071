// What KV memory is reserved and not used, under lengths as chats have them: the claim of the paper on paging (Kwon et
// al. 2023), measured on this cache and this scheduler with the arithmetic left out.

import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import { formatNumber } from '../../report/format-cell.ts';
import type { Cell } from '../../result.ts';
import { median as medianOf } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import { CHAT_ANSWER, CHAT_PROMPT, chatLengths } from './chat-lengths.ts';
import { type MemoryUse, simulateMemory } from './simulated-memory.ts';

const CONTEXT = 2048;
const CONTEXTS = 16; // of memory
const POOL = CONTEXTS * CONTEXT; // tokens
const REQUESTS = 400; // more than enough to fill memory many times over
const WARM_UP = 50; // requests
const BLOCK_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const QUICK_SIZES = [1, 16, 256];
const USUAL = 16;

/** Share of KV memory that held tokens, figure 2 of the paper. */
const PAPER: readonly (readonly [Text, number])[] = [
  [text('Orca (Max)', 'Orca (Max)'), 0.204],
  [text('Orca (Pow2)', 'Orca (Pow2)'), 0.268],
  [text('Orca (Oracle)', 'Orca (Oracle)'), 0.382],
  [text('vLLM', 'vLLM'), 0.963],
];

interface Measured {
  /** undefined: contiguous */
  readonly blockSize: number | undefined;
  readonly use: MemoryUse;
  /** of planning and bookkeeping for a step, one of each round; the second round goes backwards */
  readonly planningMicros: readonly number[];
}

export const waste: Experiment = {
  name: 'waste',
  title: text('Memory that is reserved and not used', '预留而未使用的内存'),
  question: text(
    'How much KV memory is wasted by one run of memory for each sequence, and how much by blocks of each size?',
    '每个序列占一段连续内存会浪费多少 KV 内存？各种大小的块又浪费多少？',
  ),
  expected: text(
    'A run of the whole context for each sequence leaves most of the memory unused; blocks waste less than one block a sequence, half a block on average, so at 16 tokens over 96 % is used and several times as many sequences fit.',
    '为每个序列预留整个上下文会让大部分内存闲置；分块时每个序列的浪费不到一块，平均半块，因此块大小为 16 时使用率超过 96 %，能同时容纳的序列多出数倍。',
  ),
  subject: async () => 'simulated',
  async run(bench, findings) {
    const requests = chatLengths(bench.size(REQUESTS, 150), CONTEXT);
    const sizes = bench.size(BLOCK_SIZES, QUICK_SIZES);
    const all: readonly (number | undefined)[] = [undefined, ...sizes];
    const simulate = (blockSize = USUAL, paged = true, some = requests): Promise<MemoryUse> => {
      const policy = paged ? 'paged' : 'contiguous';
      const shape = { policy, blockSize, contextLength: CONTEXT, poolTokens: POOL } as const;
      return simulateMemory(some, shape, () => bench.check());
    };
    await simulate(USUAL, true, requests.slice(0, WARM_UP)); // does not count: planning is timed
    const measured: Measured[] = [];
    for (const [done, i] of [...all.keys(), ...[...all.keys()].reverse()].entries()) {
      bench.progress(done, 2 * all.length);
      const blockSize = all[i];
      const use = await simulate(blockSize, blockSize !== undefined);
      const planningMicros = [...(measured[i]?.planningMicros ?? []), use.planningMicrosPerStep];
      measured[i] = { blockSize, use, planningMicros };
      report(findings, measured, requests.length);
    }
    sampleMetrics(findings, measured, requests.length);
    conclude(findings, measured);
  },
};

const nameOf = ({ blockSize }: Measured): Text =>
  blockSize === undefined ? text('contiguous', '连续') : text(`blocks of ${blockSize}`, `每块 ${blockSize}`);

function report(findings: Findings, measured: readonly Measured[], requests: number): void {
  const { median: prompt, spread } = CHAT_PROMPT;
  findings.table({
    name: 'use',
    title: text(
      `${requests} requests, log-normal lengths (prompt: median ${prompt}, σ ${spread}; answer: median ${CHAT_ANSWER.median}, σ ${CHAT_ANSWER.spread}), cut at ${CONTEXT} tokens; memory of ${CONTEXTS} contexts`,
      `${requests} 个请求，长度服从对数正态分布（提示：中位数 ${prompt}，σ ${spread}；回答：中位数 ${CHAT_ANSWER.median}，σ ${CHAT_ANSWER.spread}），截断于 ${CONTEXT} 个词元；内存可容 ${CONTEXTS} 个上下文`,
    ),
    columns: [
      { title: text('memory', '内存方式') },
      { title: text('used of reserved', '预留中已用'), unit: '%' },
      { title: text('used of all', '总量中已用'), unit: '%' },
      { title: text('sequences at once', '同时运行的序列') },
      { title: text('wasted by a sequence', '每个序列浪费'), unit: 'tokens' },
      { title: text('by one at most', '单个最多'), unit: 'tokens' },
      { title: text('preempted', '被抢占') },
    ],
    rows: measured.map((one): Cell[] => {
      const { use } = one;
      return [
        nameOf(one),
        100 * use.usedOfReserved,
        100 * use.usedOfAll,
        use.sequences,
        use.wastedTokens,
        use.mostWastedTokens,
        use.preemptions,
      ];
    }),
  });
  findings.table({
    name: 'metadata',
    title: text('What small blocks cost instead', '小块的代价'),
    columns: [
      { title: text('memory', '内存方式') },
      { title: text('blocks in the table of a sequence', '每个序列块表中的块数') },
      { title: text('blocks in the pool', '池中的块数') },
      {
        title: text('planning and bookkeeping', '调度与记账'),
        unit: 'µs a step',
      },
    ],
    rows: measured.flatMap((one): Cell[][] =>
      one.blockSize === undefined
        ? []
        : [[nameOf(one), one.use.tableBlocks, POOL / one.blockSize, medianOf(one.planningMicros)]],
    ),
  });
  drawUse(findings, measured);
  drawWaste(findings, measured);
}

function drawUse(findings: Findings, measured: readonly Measured[]): void {
  findings.chart({
    name: 'use',
    kind: 'bars',
    title: text('Share of reserved KV memory that holds tokens', '预留的 KV 内存中存有词元的比例'),
    x: { title: text('memory', '内存方式') },
    y: { title: text('used', '已用'), unit: '%' },
    series: [
      {
        name: text('measured here', '本次实测'),
        points: measured.map((one) => [nameOf(one), 100 * one.use.usedOfReserved]),
      },
      {
        name: text('Kwon et al. 2023, their requests', 'Kwon 等 2023（他们的请求）'),
        points: PAPER.map(([system, share]) => [system, 100 * share]),
      },
    ],
  });
}

function drawWaste(findings: Findings, measured: readonly Measured[]): void {
  const paged = measured.flatMap(({ blockSize, use }) =>
    blockSize === undefined ? [] : [{ blockSize, use }],
  );
  if (paged.length === 0) return;
  const line = (of: (size: number, use: MemoryUse) => number): [number, number][] =>
    paged.map(({ blockSize, use }) => [blockSize, of(blockSize, use)]);
  findings.chart({
    name: 'waste',
    kind: 'lines',
    title: text('Waste of a sequence', '每个序列的浪费'),
    x: { title: text('size of a block', '块大小'), unit: 'tokens', scale: 'log' },
    y: { title: text('reserved and not used', '预留而未用'), unit: 'tokens' },
    series: [
      { name: text('measured', '实测'), points: line((_, use) => use.wastedTokens) },
      { name: text('half a block', '半块'), style: 'dashes', points: line((size) => (size - 1) / 2) },
      { name: text('bound: one block', '上界：一块'), style: 'dashes', points: line((size) => size) },
    ],
  });
}

// None of these depends on the clock: a difference between two runs is one of the code.
function sampleMetrics(findings: Findings, measured: readonly Measured[], requests: number): void {
  for (const one of measured) {
    if (one.blockSize !== undefined && one.blockSize !== USUAL) continue;
    const { en, zh } = nameOf(one);
    findings.sample(
      {
        name: `${en}: used of reserved, ${requests} requests`,
        title: text(`${en}: used of reserved`, `${zh}：预留中已用`),
        unit: '%',
        better: 'higher',
        exact: true,
      },
      100 * one.use.usedOfReserved,
    );
    findings.sample(
      {
        name: `${en}: sequences at once, ${requests} requests`,
        title: text(`${en}: sequences at once`, `${zh}：同时运行的序列`),
        unit: 'sequences',
        better: 'higher',
        exact: true,
      },
      one.use.sequences,
    );
  }
}

function conclude(findings: Findings, measured: readonly Measured[]): void {
  const contiguous = measured.find(({ blockSize }) => blockSize === undefined)!.use;
  const usual = measured.find(({ blockSize }) => blockSize === USUAL)!;
  const paged = usual.use;
  const f = formatNumber;
  const percent = (share: number): string => f(100 * share);
  const times = f(paged.sequences / contiguous.sequences);
  findings.see(
    text(
      `Of the reserved memory ${percent(contiguous.usedOfReserved)} % is used when each sequence has a run of the whole context, and ${percent(paged.usedOfReserved)} % in blocks of ${USUAL}; ${f(paged.sequences)} sequences run at once instead of ${f(contiguous.sequences)}, ${times} times as many.`,
      `每个序列预留整个上下文时，预留内存的使用率为 ${percent(contiguous.usedOfReserved)} %，块大小为 ${USUAL} 时为 ${percent(paged.usedOfReserved)} %；同时运行的序列从 ${f(contiguous.sequences)} 个增至 ${f(paged.sequences)} 个，是原来的 ${times} 倍。`,
    ),
  );
  findings.see(
    text(
      `Kwon et al. found ${percent(PAPER[0]![1])} to ${percent(PAPER[2]![1])} % in systems that reserve runs, and ${percent(PAPER[3]![1])} % in vLLM. Here all runs are as long as the context, as in Orca (Max), and none lies unusable between others.`,
      `Kwon 等测得预留连续内存的系统为 ${percent(PAPER[0]![1])} 至 ${percent(PAPER[2]![1])} %，vLLM 为 ${percent(PAPER[3]![1])} %。这里每段都与上下文等长，与 Orca (Max) 相同，且段与段之间没有无法使用的空隙。`,
    ),
  );
  concludeBlocks(findings, measured, usual);
}

function concludeBlocks(
  findings: Findings,
  measured: readonly Measured[],
  { use: usual, planningMicros }: Measured,
): void {
  const f = formatNumber;
  const beyond = measured.filter(
    ({ blockSize, use }) => use.mostWastedTokens >= (blockSize ?? Number.POSITIVE_INFINITY),
  );
  if (beyond.length > 0)
    findings.part(
      text(
        `With ${beyond.map((one) => nameOf(one).en).join(', ')} a sequence wasted a whole block or more, which must not be: please report it.`,
        `${beyond.map((one) => nameOf(one).zh).join('、')} 时，有序列浪费达到或超过一整块，这不应发生：请报告。`,
      ),
    );
  else
    findings.see(
      text(
        `At every size the waste stayed under one block a sequence; in blocks of ${USUAL} it is ${f(usual.wastedTokens)} tokens, where half a block would be ${f((USUAL - 1) / 2)}, and the table of a sequence has ${f(usual.tableBlocks)} entries.`,
        `各种块大小下，每个序列的浪费都不到一块；块大小为 ${USUAL} 时为 ${f(usual.wastedTokens)} 个词元（半块为 ${f((USUAL - 1) / 2)}），每个序列的块表有 ${f(usual.tableBlocks)} 项。`,
      ),
    );
  if (usual.usedOfReserved < 0.96)
    findings.part(
      text(
        `In blocks of ${USUAL} less than 96 % of the reserved memory is used: a sequence wastes ${f(usual.wastedTokens)} of the ${f(usual.tableBlocks * USUAL)} tokens that it reserves on average.`,
        `块大小为 ${USUAL} 时使用率不足 96 %：平均每个序列预留 ${f(usual.tableBlocks * USUAL)} 个词元，浪费其中 ${f(usual.wastedTokens)} 个。`,
      ),
    );
  const smallest = measured.find(({ blockSize }) => blockSize === 1);
  const largest = measured.at(-1)!;
  if (smallest === undefined) return;
  findings.see(
    text(
      `Smaller blocks save little more, and cost: in blocks of 1 the table of a sequence has ${f(smallest.use.tableBlocks)} entries, planning a step takes ${f(medianOf(smallest.planningMicros))} µs instead of ${f(medianOf(planningMicros))}, and sequences that were let in too early give way ${smallest.use.preemptions} times instead of ${usual.preemptions}. Blocks of ${largest.blockSize} use only ${f(100 * largest.use.usedOfReserved)} %.`,
      `再小的块省不了多少，却有代价：块大小为 1 时每个序列的块表有 ${f(smallest.use.tableBlocks)} 项，规划一步需 ${f(medianOf(smallest.planningMicros))} µs（块大小为 ${USUAL} 时为 ${f(medianOf(planningMicros))} µs），因过早放行而抢占 ${smallest.use.preemptions} 次（块大小为 ${USUAL} 时 ${usual.preemptions} 次）。块大小为 ${largest.blockSize} 时使用率只有 ${f(100 * largest.use.usedOfReserved)} %。`,
    ),
  );
}
