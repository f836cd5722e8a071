// The report of the experiment `sharing`.

import { COMMON_TEXTS } from '../../common-texts.ts';
import { column, type Findings } from '../../findings.ts';
import { formatNumber as f, formatBytes } from '../../report/format-cell.ts';
import type { Series } from '../../result.ts';
import { median } from '../../statistics.ts';
import {
  CONVERSATION_KINDS,
  type Conversations,
  SHARING_KINDS,
  type SharingData,
  type SharingKind,
  type SharingPoint,
  type SharingRun,
} from './data.ts';
import { TEXTS } from './texts.ts';

const NAMES = TEXTS.kinds;

export function reportSharing(data: SharingData, findings: Findings, complete: boolean): void {
  if (data.points.length > 0) reportForks(data, findings);
  if (complete) concludeForks(data, findings);
  if (data.conversations !== undefined) reportConversations(data, data.conversations, findings);
}

const timeOf = (runs: readonly SharingRun[]): number | null =>
  runs.length === 0 ? null : median(runs.map(({ totalMs }) => totalMs));

interface Row extends SharingPoint {
  readonly kind: SharingKind;
}

const firstRun = ({ runs, kind }: Row): SharingRun | undefined => runs[kind][0];

function reportForks(data: SharingData, findings: Findings): void {
  const { points, prefixTokens } = data;
  const rows = points.flatMap((point) => SHARING_KINDS.map((kind): Row => ({ ...point, kind })));
  findings.table(['forks', TEXTS.forksTitle(data)], rows, [
    column(TEXTS.answers, ({ count }) => count),
    column(TEXTS.sharing, ({ kind }) => NAMES[kind]),
    column(TEXTS.computed, (row) => firstRun(row)?.computedTokens ?? null),
    column(TEXTS.copied, (row) => (row.kind === 'forked' ? firstRun(row)!.copiedBlocks : null)),
    column(TEXTS.filled, (row) => firstRun(row)?.filledBytes ?? null, 'bytes'),
    column(TEXTS.totalTime, ({ runs, kind }) => timeOf(runs[kind]), 'ms'),
    column(COMMON_TEXTS.tokensEqual, ({ equal, kind }) =>
      kind === 'forked' ? TEXTS.baseline : (equal[kind] ?? null),
    ),
  ]);
  const lines = (valueFor: (runs: readonly SharingRun[]) => number | null): Series[] =>
    SHARING_KINDS.map((kind) => ({
      name: NAMES[kind],
      ...(kind === 'copied' && { style: 'dashes' as const }), // the line coincides with that of `separate`
      points: points.flatMap(({ count, runs }): [number, number][] => {
        const value = valueFor(runs[kind]);
        return value === null ? [] : [[count, value]];
      }),
    }));
  findings.chart({
    name: 'memory',
    kind: 'lines',
    title: TEXTS.memoryTitle(prefixTokens),
    x: { title: TEXTS.answers },
    y: { title: COMMON_TEXTS.memory, unit: 'MiB' },
    series: lines(([first]) => (first === undefined ? null : first.filledBytes / 2 ** 20)),
  });
  findings.chart({
    name: 'time',
    kind: 'lines',
    title: TEXTS.timeTitle(prefixTokens),
    x: { title: TEXTS.answers },
    y: { title: COMMON_TEXTS.time, unit: 'ms' },
    series: lines(timeOf),
  });
}

function concludeForks({ points, prefixTokens, modelName }: SharingData, findings: Findings): void {
  const { count: largestCount, runs: largestRuns } = points.at(-1)!;
  for (const kind of ['forked', 'separate'] as const)
    findings.metric(
      {
        name: `${kind}: ${largestCount} answers to ${prefixTokens} tokens`,
        title: TEXTS.timeMetric(NAMES[kind], largestCount, prefixTokens),
        unit: 'ms',
        better: 'lower',
      },
      largestRuns[kind].map(({ totalMs }) => totalMs),
    );
  const last = points.findLast(({ runs }) => runs.separate.length > 0 && runs.copied.length > 0);
  if (last === undefined) return findings.observe(TEXTS.noMemory);
  const { count, runs } = last;
  const [forked, separate, copied] = [runs.forked[0]!, runs.separate[0]!, runs.copied[0]!];
  const [forkedMs, separateMs] = [timeOf(runs.forked)!, timeOf(runs.separate)!];
  findings.observe(
    TEXTS.forksResult(modelName, count, {
      prefix: f(prefixTokens),
      ...{ forked: formatBytes(forked.filledBytes), separate: formatBytes(separate.filledBytes) },
      ...{ copied: formatBytes(copied.filledBytes), blocks: f(forked.copiedBlocks) },
      ...{ forkedMs: f(forkedMs), separateMs: f(separateMs) },
      memoryRatio: f(separate.filledBytes / forked.filledBytes),
      timeRatio: f(separateMs / forkedMs),
    }),
  );
  if (points.every(({ equal }) => equal.copied !== false && equal.separate !== false))
    findings.observe(TEXTS.forksEqual);
  else findings.contradict(TEXTS.forksDiffer);
  if (count > 1 && forkedMs >= separateMs) findings.contradict(TEXTS.noTimeSaved);
  if (last !== points.at(-1)) findings.contradict(TEXTS.tooLittleMemory(largestCount));
}

function reportConversations(
  { answerTokens }: SharingData,
  conversations: Conversations,
  findings: Findings,
): void {
  const { count, runs, tokensEqual } = conversations;
  findings.table(
    ['conversations', TEXTS.conversationsTitle(conversations, answerTokens)],
    CONVERSATION_KINDS,
    [
      column(TEXTS.systemPrompt, (kind) => TEXTS.conversationKinds[kind]),
      column(TEXTS.computed, (kind) => runs[kind][0]!.computedTokens),
      column(TEXTS.filled, (kind) => runs[kind][0]!.filledBytes, 'bytes'),
      column(TEXTS.totalTime, (kind) => timeOf(runs[kind]), 'ms'),
      column(COMMON_TEXTS.tokensEqual, (kind) => kind === 'separate' || tokensEqual),
    ],
  );
  for (const kind of CONVERSATION_KINDS)
    findings.metric(
      {
        name: `${count} conversations, ${kind}: all answers`,
        title: TEXTS.conversationsMetric(count, TEXTS.conversationKinds[kind]),
        unit: 'ms',
        better: 'lower',
      },
      runs[kind].map(({ totalMs }) => totalMs),
    );
  const [shared, separate] = [runs.shared[0]!, runs.separate[0]!];
  findings.observe(
    TEXTS.conversationsResult(count, {
      ...{ computed: f(shared.computedTokens), computedSeparate: f(separate.computedTokens) },
      ...{ filled: formatBytes(shared.filledBytes), filledSeparate: formatBytes(separate.filledBytes) },
      ...{ ms: f(timeOf(runs.shared)!), msSeparate: f(timeOf(runs.separate)!) },
    }),
  );
  if (!tokensEqual) findings.contradict(TEXTS.conversationsDiffer);
}
