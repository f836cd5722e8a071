// The part of `turns` in which the context is full: how a low-water mark keeps turns from being computed anew.

import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { formatNumber } from '../../report/format-cell.ts';
import { median } from '../../statistics.ts';
import { text } from '../../text.ts';
import { ANSWER_TOKENS, type ChatScript } from './scripted-chat.ts';
import {
  playTruncatedChat,
  summarizeTruncation,
  type TruncatedTurn,
  type TruncationSummary,
} from './truncated-chat.ts';

const LOW_WATER = 0.5; // what conversations do
const HIGH_WATER = 0.9; // little more than what does not fit is dropped
const MARKS = [LOW_WATER, HIGH_WATER] as const;

export async function truncatedTurns(bench: LabBench, findings: Findings, script: ChatScript): Promise<void> {
  const engine = await bench.engine({ context: bench.size(384, 160), maxRunning: 1 });
  if (engine.template === undefined)
    return findings.see(
      text(
        'The model has no chat template, so there is no conversation to be cut.',
        '模型没有对话模板，因此没有可截断的对话。',
      ),
    );
  const played = new Map<number, readonly TruncatedTurn[]>();
  for (const lowWater of MARKS) {
    const onTurn = (): void => bench.check();
    played.set(lowWater, await playTruncatedChat(engine, script, { lowWater, onTurn }));
  }
  report(findings, played, engine.contextLength);
  conclude(findings, played, engine.contextLength);
}

function report(
  findings: Findings,
  played: ReadonlyMap<number, readonly TruncatedTurn[]>,
  contextLength: number,
): void {
  findings.table({
    name: 'truncation',
    title: text(
      `The same chat in a context of ${contextLength} tokens, answers of ${ANSWER_TOKENS}`,
      `同一对话，上下文 ${contextLength} 个词元，回答 ${ANSWER_TOKENS} 个词元`,
    ),
    columns: [
      { title: text('cut down to', '截断到') },
      { title: text('turns', '轮数') },
      { title: text('cuts', '截断次数') },
      { title: text('turns after the first cut', '首次截断后的轮数') },
      { title: text('of them reuse all so far', '其中完全复用') },
      { title: text('prompt tokens they compute', '它们计算的提示词元') },
      { title: text('first token, median', '首个词元中位数'), unit: 'ms' },
    ],
    rows: [...played].map(([mark, turns]) => {
      const { cuts, after, reused, computed } = summarizeTruncation(turns);
      return [
        percent(mark),
        turns.length,
        cuts,
        after,
        reused,
        computed,
        median(turns.map(({ ttftMs }) => ttftMs)),
      ];
    }),
  });
  findings.chart({
    name: 'truncation',
    kind: 'lines',
    title: text('Prompt tokens computed when the context is full', '上下文已满时每轮计算的提示词元'),
    x: { title: text('turn', '轮次') },
    y: { title: text('computed', '计算'), unit: 'tokens' },
    series: [...played].map(([mark, turns]) => ({
      name: text(`cut down to ${percent(mark)}`, `截断到 ${percent(mark)}`),
      points: turns.map(({ promptTokens, cachedTokens }, turn): [number, number] => [
        turn + 1,
        promptTokens - cachedTokens,
      ]),
    })),
  });
}

function conclude(
  findings: Findings,
  played: ReadonlyMap<number, readonly TruncatedTurn[]>,
  contextLength: number,
): void {
  const low = summarizeTruncation(played.get(LOW_WATER)!);
  const high = summarizeTruncation(played.get(HIGH_WATER)!);
  if (low.after === 0)
    return findings.see(
      text('The chat was too short to go on after a cut.', '对话太短，截断之后没有后续轮次。'),
    );
  const share = ({ reused, after }: TruncationSummary): number => (after === 0 ? 0 : reused / after);
  findings.sample(
    {
      name: `turns after a cut that reuse, context of ${contextLength}`,
      title: text('turns after the first cut that reuse all so far', '首次截断后完全复用的轮次'),
      unit: '%',
      better: 'higher',
      exact: true,
    },
    100 * share(low),
  );
  const f = formatNumber;
  findings.see(
    text(
      `In a context of ${contextLength} tokens ${low.cuts} cuts down to ${percent(LOW_WATER)} let ${low.reused} of ${low.after} turns after the first cut (${percent(share(low))}) reuse all of the text so far; ${high.cuts} cuts down to ${percent(HIGH_WATER)} let ${high.reused} of ${high.after}, and compute ${f(high.computed)} prompt tokens in them instead of ${f(low.computed)}.`,
      `上下文为 ${contextLength} 个词元时，截断到 ${percent(LOW_WATER)} 共 ${low.cuts} 次，首次截断后的 ${low.after} 轮中有 ${low.reused} 轮（${percent(share(low))}）完全复用；截断到 ${percent(HIGH_WATER)} 共 ${high.cuts} 次，${high.after} 轮中有 ${high.reused} 轮完全复用，这些轮次计算的提示词元为 ${f(high.computed)} 个，而前者为 ${f(low.computed)} 个。`,
    ),
  );
  if (share(low) <= 0.5)
    findings.part(
      text(
        'Most turns after the first cut did not reuse what was there: the context holds few turns of this length.',
        '首次截断后的多数轮次未能复用：这个上下文只容得下几轮这样长的对话。',
      ),
    );
}

const percent = (share: number): string => `${formatNumber(Math.round(100 * share))} %`;
