// The part of `sharing` with many conversations that have one system prompt.

import type { Engine } from '../../../engine/engine.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { formatBytes, formatNumber } from '../../report/format-cell.ts';
import type { Cell } from '../../result.ts';
import { median } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import { roomFor } from './sequence-room.ts';
import { conversationAnswers, type ManyAnswers, sameTokens } from './sharing-runs.ts';

const SYSTEM_TOKENS = 200;
const GENERATE = 16;
const CONTEXT = 256; // of a conversation

const KINDS = ['shared', 'separate'] as const;
type Kind = (typeof KINDS)[number];

export async function sharedSystemPrompt(bench: LabBench, findings: Findings): Promise<void> {
  const count = bench.size(50, 6);
  const { choice, modelName, contextLength, contextBytes } = await roomFor(bench, CONTEXT);
  const kvMemory = (count + 1) * contextBytes;
  const options = { context: contextLength, kvMemory, maxRunning: count };
  const runs: Record<Kind, ManyAnswers[]> = { shared: [], separate: [] };
  const repetitions = Math.min(bench.repetitions, bench.size(3, 1));
  for (let round = 0; round <= repetitions; round++)
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      bench.check();
      await using engine = await bench.engine(options, choice);
      const run = await conversationAnswers(
        engine,
        await promptsOf(engine, count),
        GENERATE,
        kind === 'shared',
      );
      if (round === 0) continue; // makes what is made lazily
      runs[kind].push(run);
      sample(findings, kind, count, run);
    }
  report(findings, runs, { count, modelName });
  conclude(findings, runs, count);
}

async function promptsOf(engine: Engine, count: number): Promise<number[][]> {
  const system = await passageTokens(engine, SYSTEM_TOKENS);
  return Array.from({ length: count }, (_, i) => [
    ...system,
    ...engine.tokenizer.encode(` Number ${i} asked: what did ship ${count - i} carry?`, { place: 'inside' }),
  ]);
}

function sample(findings: Findings, kind: Kind, count: number, { totalMs }: ManyAnswers): void {
  findings.sample(
    {
      name: `${count} conversations, ${kind}: all answers`,
      title:
        kind === 'shared'
          ? text(`${count} conversations, system prompt shared`, `${count} 个对话，共享系统提示`)
          : text(`${count} conversations, nothing shared`, `${count} 个对话，不共享`),
      unit: 'ms',
      better: 'lower',
    },
    totalMs,
  );
}

const timeOf = (runs: readonly ManyAnswers[]): number => median(runs.map(({ totalMs }) => totalMs));

function report(
  findings: Findings,
  { shared, separate }: Readonly<Record<Kind, readonly ManyAnswers[]>>,
  { count, modelName }: { count: number; modelName: string },
): void {
  const row = (name: Text, runs: readonly ManyAnswers[]): Cell[] => {
    const { computedTokens, filledBytes } = runs[0]!;
    return [name, computedTokens, filledBytes, timeOf(runs), sameTokens(runs[0]!, separate[0]!)];
  };
  findings.table({
    name: 'conversations',
    title: text(
      `${count} conversations with one system prompt of ${SYSTEM_TOKENS} tokens, answers of ${GENERATE}, on ${modelName}`,
      `${count} 个对话共用一个 ${SYSTEM_TOKENS} 个词元的系统提示，回答 ${GENERATE} 个词元，模型 ${modelName}`,
    ),
    columns: [
      { title: text('system prompt', '系统提示') },
      { title: text('tokens computed', '计算的词元') },
      { title: text('KV memory filled', '占用的 KV 内存'), unit: 'bytes' },
      { title: text('all answers', '全部回答用时'), unit: 'ms' },
      { title: text('tokens equal', '词元相同') },
    ],
    rows: [row(text('shared', '共享'), shared), row(text('a salt each', '各自加盐'), separate)],
  });
}

function conclude(
  findings: Findings,
  { shared, separate }: Readonly<Record<Kind, readonly ManyAnswers[]>>,
  count: number,
): void {
  const [one, each] = [shared[0]!, separate[0]!];
  const f = formatNumber;
  findings.see(
    text(
      `${count} conversations with one system prompt compute ${f(one.computedTokens)} tokens instead of ${f(each.computedTokens)}, fill ${formatBytes(one.filledBytes)} instead of ${formatBytes(each.filledBytes)}, and take ${f(timeOf(shared))} ms instead of ${f(timeOf(separate))}.`,
      `${count} 个对话共用系统提示时计算 ${f(one.computedTokens)} 个词元（不共享为 ${f(each.computedTokens)}），占用 ${formatBytes(one.filledBytes)}（不共享为 ${formatBytes(each.filledBytes)}），用时 ${f(timeOf(shared))} 毫秒（不共享为 ${f(timeOf(separate))}）。`,
    ),
  );
  if (!sameTokens(one, each))
    findings.part(
      text(
        'A shared system prompt changed an answer, which must not be: please report it.',
        '共享系统提示改变了回答，这不应发生：请报告。',
      ),
    );
}
