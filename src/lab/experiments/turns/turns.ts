// A chat turn by turn: what the first token of each costs without reuse, with it, in a new engine, and where a template
// takes earlier thoughts out of the history. What happens when the context is full is in turns-truncated.ts.

import { sum } from '../../../base/sum.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import { formatNumber } from '../../report/format-cell.ts';
import type { Cell } from '../../result.ts';
import { median } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import {
  byVariant,
  type Chats,
  computedOf,
  playAll,
  rewrittenAlone,
  THOUGHT_TOKENS,
  VARIANT_NAMES,
  VARIANTS,
  type Variant,
} from './chat-variants.ts';
import { ANSWER_TOKENS, chatScript, QUESTION_TOKENS } from './scripted-chat.ts';
import { truncatedTurns } from './turns-truncated.ts';

/** by variant and turn, of each repetition */
type Times = Record<Variant, number[][]>;

export const turns: Experiment = {
  name: 'turns',
  title: text('A chat, turn by turn', '逐轮对话'),
  question: text(
    'How long does a turn wait for its first token, and how much of its prompt is computed?',
    '每一轮要等多久才有首个词元？提示中有多少需要计算？',
  ),
  expected: text(
    'With reuse a turn computes only its new message, so its first token comes after the same time in every turn, while without it the time grows with the history; a new engine gets all but the last block back from the disk; a template that leaves thoughts out costs the last answer once more; and a low-water mark lets most turns after a cut reuse what is there.',
    '复用时每轮只计算新消息，首个词元的等待时间各轮相同，不复用则随历史增长；新引擎除最后一块外都能从磁盘取回；去掉思考的模板每轮要多算一遍上一个回答；有低水位线时，截断后的大多数轮次仍能复用。',
  ),
  async run(bench, findings) {
    const engines = {
      none: await bench.engine({ cache: 'none', maxRunning: 1 }),
      paged: await bench.engine({ maxRunning: 1 }),
    };
    const script = await chatScript(engines.paged, bench.size(20, 5), THOUGHT_TOKENS);
    if (script.questions.length < 2)
      return findings.skip(text('The context has no room for two turns.', '上下文容不下两轮对话。'));
    const repetitions = bench.size(bench.repetitions, 1);
    const total = repetitions + 1;
    bench.progress(0, total);
    const chats = await playAll(bench, script, engines, 0);
    bench.progress(1, total);
    checkAnswers(findings, chats, await rewrittenAlone(engines.paged, chats.rewritten));
    reportCounts(findings, chats);
    const times = emptyTimes(script.questions.length);
    addTimes(times, chats);
    for (let repetition = 1; repetition < repetitions; repetition++) {
      reportTimes(findings, chats, times);
      addTimes(times, await playAll(bench, script, engines, repetition, chats.none));
      bench.progress(1 + repetition, total);
    }
    reportTimes(findings, chats, times);
    conclude(findings, chats, times);
    await truncatedTurns(bench, findings, script);
  },
};

const emptyTimes = (count: number): Times => byVariant(() => Array.from({ length: count }, () => []));

function addTimes(times: Times, chats: Chats): void {
  for (const variant of VARIANTS)
    for (const [turn, { ttftMs }] of chats[variant].entries()) times[variant][turn]!.push(ttftMs);
}

/** The correctness column. */
function checkAnswers(findings: Findings, chats: Chats, rewrittenEqual: boolean): void {
  const answers = (variant: Variant): string => chats[variant].map(({ tokens }) => tokens.join()).join(';');
  const equal = byVariant((variant) =>
    variant === 'rewritten' ? rewrittenEqual : answers(variant) === answers('none'),
  );
  findings.table({
    name: 'correct',
    title: text(
      `The same greedy answers of ${ANSWER_TOKENS} tokens, whatever was found`,
      `无论找到多少，${ANSWER_TOKENS} 个词元的贪心回答都相同`,
    ),
    columns: [
      { title: text('variant', '方式') },
      { title: text('answers', '回答数') },
      { title: text('equal to those without reuse', '与不复用时相同') },
    ],
    rows: VARIANTS.map((variant) => [
      VARIANT_NAMES[variant],
      variant === 'rewritten' ? 1 : chats[variant].length,
      equal[variant],
    ]),
  });
  if (VARIANTS.every((variant) => equal[variant]))
    findings.see(
      text(
        'All answers are equal token for token: without reuse, with it, and with a new engine in each turn; and so is the last one with thoughts left out.',
        '所有回答逐词元相同：不复用、复用、每轮新建引擎；去掉思考的对话中最后一个回答也是如此。',
      ),
    );
  else
    findings.part(
      text(
        'Answers differ with what was found, which must not be: please report it.',
        '回答随找到的内容而变，这不应发生：请报告。',
      ),
    );
}

const TURN_COLUMNS = [
  { title: text('turn', '轮次') },
  { title: text('prompt', '提示'), unit: 'tokens' },
] as const;
const TURN_AXIS = { title: text('turn', '轮次') };

function reportCounts(findings: Findings, chats: Chats): void {
  const found = (variant: Variant, words: Text): { title: Text } => ({
    title: text(`${VARIANT_NAMES[variant].en}: ${words.en}`, `${VARIANT_NAMES[variant].zh}：${words.zh}`),
  });
  findings.table({
    name: 'tokens',
    title: text('Prompt tokens that each turn found and computed', '每轮提示中找到与计算的词元'),
    columns: [
      ...TURN_COLUMNS,
      found('none', text('computed', '计算')),
      ...(['reuse', 'restart', 'rewritten'] as const).flatMap((variant) => [
        found(variant, text('cached', '缓存命中')),
        found(variant, text('computed', '计算')),
      ]),
    ],
    rows: chats.none.map((turn, i): Cell[] => [
      i + 1,
      turn.promptTokens,
      computedOf(turn),
      ...(['reuse', 'restart', 'rewritten'] as const).flatMap((variant) => {
        const one = chats[variant][i]!;
        return [one.cachedTokens, computedOf(one)];
      }),
    ]),
  });
  findings.chart({
    name: 'computed',
    kind: 'lines',
    title: text('Prompt tokens computed in each turn', '每轮计算的提示词元'),
    x: TURN_AXIS,
    y: { title: text('computed', '计算'), unit: 'tokens' },
    series: VARIANTS.map((variant) => ({
      name: VARIANT_NAMES[variant],
      points: chats[variant].map((turn, i): [number, number] => [i + 1, computedOf(turn)]),
    })),
  });
}

function reportTimes(findings: Findings, chats: Chats, times: Times): void {
  findings.table({
    name: 'ttft',
    title: text('Time to the first token of each turn', '每轮首个词元的等待时间'),
    columns: [...TURN_COLUMNS, ...VARIANTS.map((variant) => ({ title: VARIANT_NAMES[variant], unit: 'ms' }))],
    rows: chats.none.map(({ promptTokens }, turn): Cell[] => [
      turn + 1,
      promptTokens,
      ...VARIANTS.map((variant) => median(times[variant][turn]!)),
    ]),
  });
  findings.chart({
    name: 'ttft',
    kind: 'lines',
    title: text('Time to the first token of each turn', '每轮首个词元的等待时间'),
    x: TURN_AXIS,
    y: { title: text('time to first token', '首个词元的等待时间'), unit: 'ms' },
    series: VARIANTS.map((variant) => ({
      name: VARIANT_NAMES[variant],
      points: times[variant].map((samples, turn): [number, number] => [turn + 1, median(samples)]),
    })),
  });
}

function conclude(findings: Findings, chats: Chats, times: Times): void {
  const last = chats.none.length - 1;
  const ms = byVariant((variant) => median(times[variant][last]!));
  const at = byVariant((variant) => chats[variant][last]!);
  for (const variant of VARIANTS)
    for (const sample of times[variant][last]!)
      findings.sample(
        {
          name: `${variant}: first token of turn ${last + 1}`,
          title: text(
            `${VARIANT_NAMES[variant].en}: first token of turn ${last + 1}`,
            `${VARIANT_NAMES[variant].zh}：第 ${last + 1} 轮首个词元`,
          ),
          unit: 'ms',
          better: 'lower',
        },
        sample,
      );
  const f = formatNumber;
  const all = (variant: Variant): string => f(sum(chats[variant].map(computedOf)));
  findings.see(
    text(
      `In turn ${last + 1}, with a prompt of ${f(at.none.promptTokens)} tokens, the first token comes after ${f(ms.none)} ms without reuse and after ${f(ms.reuse)} ms with it, which computes ${f(computedOf(at.reuse))} tokens; the whole chat computes ${all('reuse')} prompt tokens instead of ${all('none')}.`,
      `第 ${last + 1} 轮的提示有 ${f(at.none.promptTokens)} 个词元：不复用时首个词元需 ${f(ms.none)} 毫秒，复用时只计算 ${f(computedOf(at.reuse))} 个词元，需 ${f(ms.reuse)} 毫秒；整个对话计算的提示词元从 ${all('none')} 个降到 ${all('reuse')} 个。`,
    ),
  );
  findings.see(
    text(
      `An engine made anew before that turn reads ${f(at.restart.diskTokens)} tokens from the disk and computes ${f(computedOf(at.restart))}: ${f(ms.restart)} ms. With thoughts of ${THOUGHT_TOKENS} tokens left out ${f(computedOf(at.rewritten))} are computed, the message and the answer before it: ${f(ms.rewritten)} ms.`,
      `在该轮之前重新创建的引擎从磁盘读回 ${f(at.restart.diskTokens)} 个词元，计算 ${f(computedOf(at.restart))} 个，需 ${f(ms.restart)} 毫秒。去掉 ${THOUGHT_TOKENS} 个词元的思考后，要计算新消息和上一个回答共 ${f(computedOf(at.rewritten))} 个，需 ${f(ms.rewritten)} 毫秒。`,
    ),
  );
  partWays(findings, chats, ms);
}

function partWays(findings: Findings, chats: Chats, ms: Record<Variant, number>): void {
  const f = formatNumber;
  if (ms.reuse >= ms.none)
    findings.part(text('Reuse saved no time in the last turn.', '最后一轮中复用没有节省时间。'));
  if (ms.restart >= ms.none)
    findings.part(
      text(
        `With a new engine the first token came no sooner (${f(ms.restart)} ms) than by computing everything (${f(ms.none)} ms), though ${f(chats.restart.at(-1)!.diskTokens)} tokens were read and not computed.`,
        `新引擎的首个词元（${f(ms.restart)} 毫秒）不比全部重算（${f(ms.none)} 毫秒）快，尽管有 ${f(chats.restart.at(-1)!.diskTokens)} 个词元是读取而非计算的。`,
      ),
    );
  const most = QUESTION_TOKENS + ANSWER_TOKENS + 1;
  const more = chats.rewritten.slice(1).filter((turn) => computedOf(turn) > most).length;
  if (more > 0)
    findings.part(
      text(
        `With thoughts left out ${more} turns computed more than their message and the answer before it.`,
        `去掉思考后，有 ${more} 轮计算的内容超过新消息与上一个回答。`,
      ),
    );
}
