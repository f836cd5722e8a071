// What flows through each step of one short answer, with a cache and without: a trace to read, and the same as a table.

import { sum } from '../../../base/sum.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { CachePolicy } from '../../../kv/cache-policy.ts';
import { timedAnswer } from '../../answer.ts';
import { type AttentionLayers, attentionLayers } from '../../attention-layers.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { formatNumber } from '../../report/format-cell.ts';
import type { Cell } from '../../result.ts';

import { StepRecorder } from '../../step-recorder.ts';
import { type Text, text } from '../../text.ts';
import { type FedStep, fedSteps, maskRows } from './step-trace.ts';

const MODES = ['paged', 'none'] as const satisfies readonly CachePolicy[];
type Mode = (typeof MODES)[number];

type Kinds = readonly AttentionLayers[];

const NAMES: Readonly<Record<Mode, Text>> = {
  paged: text('with a cache', '有缓存'),
  none: text('no cache', '无缓存'),
};

const PROMPT = 'The capital of France is';
const GENERATE = 4;
const MOST_ROWS = 8; // of a mask, in a table
const WARM_UP = 48; // tokens: after them a step may hold the whole short text

export const shapes: Experiment = {
  name: 'shapes',
  title: text('What flows through a step', '一步计算中流过什么'),
  question: text(
    'Which tokens does a step compute, and what shapes have Q, K, V, the cache and the mask?',
    '每一步计算哪些词元？Q、K、V、缓存和掩码的形状是什么？',
  ),
  expected: text(
    'With a cache the prompt is computed once and each later step computes one token, whose Q meets the K and V of all earlier ones; without a cache each step computes the whole text again.',
    '有缓存时，提示只算一次，之后每步只算一个词元，它的 Q 与之前所有词元的 K、V 相遇；无缓存时，每步都重算整段文本。',
  ),
  async run(bench, findings) {
    const { program } = await bench.load();
    const kinds = attentionLayers(program);
    const taken: Record<Mode, FedStep[]> = { paged: [], none: [] };
    for (const [i, mode] of MODES.entries()) {
      bench.progress(i, MODES.length);
      const { engine, steps } = await traced(bench, mode);
      taken[mode] = steps;
      for (const step of steps)
        for (const line of traceLines(step, NAMES[mode], kinds, engine)) bench.print(line);
      report(findings, taken, kinds);
    }
    conclude(findings, taken, kinds);
  },
};

async function traced(bench: LabBench, cache: Mode): Promise<{ engine: Engine; steps: FedStep[] }> {
  const recorder = new StepRecorder();
  const engine = await bench.engine({ cache, maxRunning: 1, onStep: recorder.observe });
  const prompt = engine.tokenizer.encodePrompt(PROMPT);
  const warm = Math.min(WARM_UP, engine.contextLength - 2);
  await timedAnswer(engine, await passageTokens(engine, warm), 1);
  recorder.clear();
  await timedAnswer(engine, prompt, Math.min(GENERATE, engine.contextLength - prompt.length));
  return { engine, steps: fedSteps(recorder.steps, cache) };
}

const shape = (...sizes: number[]): string => `[${sizes.join(', ')}]`;

/** Words for the layers of a kind: `each of 5 layers`, where they are all of one kind. */
function layersName({ layers, window }: AttentionLayers): Text {
  const first = layers[0]!;
  const run = layers.every((layer, i) => layer === first + i);
  const names = run && layers.length > 1 ? `${first} – ${layers.at(-1)}` : layers.join(', ');
  return window === undefined
    ? text(`each of ${layers.length} layers (${names})`, `共 ${layers.length} 层（${names}），每层`)
    : text(
        `each of ${layers.length} layers (${names}) that see ${window} tokens`,
        `共 ${layers.length} 层（${names}），窗口 ${window} 个词元，每层`,
      );
}

function traceLines(step: FedStep, mode: Text, kinds: Kinds, engine: Engine): (Text | string)[] {
  const { tokens, positions, context, before, after, chosen } = step;
  const shown = (ids: readonly number[]): string =>
    ids.map((id) => JSON.stringify(engine.decodeRaw([id]))).join(' ');
  const line = (en: string, zh: string, rest: string): Text =>
    text(`${en.padEnd(14)}${rest}`, `${zh}${' '.repeat(Math.max(1, 14 - 2 * zh.length))}${rest}`);
  const lines: (Text | string)[] = [
    text(
      `${mode.en}, step ${step.number}: ${tokens.length} of ${context} tokens computed`,
      `${mode.zh}，第 ${step.number} 步：文本共 ${context} 个词元，计算 ${tokens.length} 个`,
    ),
    line('  tokens', '  输入', shown(tokens)),
    line('  positions', '  位置', positions.join(' ')),
  ];
  for (const kind of kinds) {
    const { heads, kvHeads, headDim } = kind;
    const readers = heads / kvHeads;
    const name = layersName(kind);
    const mask = maskRows(step, kind.window);
    lines.push(
      text(`  ${name.en}:`, `  ${name.zh}：`),
      `    Q         ${shape(tokens.length, heads, headDim)}`,
      `    K, V      ${shape(tokens.length, kvHeads, headDim)}`,
      text(
        `    attends   ${shape(context, kvHeads, headDim)}, ${readers === 1 ? 'each Q head with a K and V head of its own' : `each K and V head read by ${readers} Q heads`}`,
        `    注意力    ${shape(context, kvHeads, headDim)}，每个 K、V 头供 ${readers} 个 Q 头读取`,
      ),
      text(
        `    cache     ${before} -> ${after} tokens${after < context ? ': given up when the token is chosen' : ''}`,
        `    缓存      ${before} -> ${after} 个词元${after < context ? '：选出词元后即丢弃' : ''}`,
      ),
      ...mask.map((row, i) =>
        i === 0 ? text(`    mask      ${row}`, `    掩码      ${row}`) : `              ${row}`,
      ),
    );
  }
  if (chosen !== undefined) lines.push(line('  chosen', '  选出', shown([chosen])));
  return [...lines, ''];
}

function report(findings: Findings, taken: Readonly<Record<Mode, readonly FedStep[]>>, kinds: Kinds): void {
  const cache = { title: text('cache', '缓存') };
  const number = { title: text('step', '步') };
  const layers = kinds.length > 1 ? [{ title: text('layers', '层') }] : [];
  const rows = (cells: (step: FedStep, kind: AttentionLayers) => Cell[]): Cell[][] =>
    MODES.flatMap((mode) =>
      taken[mode].flatMap((step) =>
        kinds.map((kind) => [
          ...[NAMES[mode], step.number],
          ...(kinds.length > 1 ? [layersName(kind)] : []),
          ...cells(step, kind),
        ]),
      ),
    );
  findings.table({
    name: 'steps',
    title: text(
      'Each step, in each layer: shapes are [tokens, heads, size of a head]',
      '每一步在每层：形状为 [词元, 头, 头维度]',
    ),
    columns: [
      ...[cache, number, ...layers],
      { title: text('computed', '计算'), unit: 'tokens' },
      { title: text('positions', '位置') },
      { title: text('Q', 'Q') },
      { title: text('new K and V', '新的 K 和 V') },
      { title: text('K and V attended to', '参与注意力的 K 和 V') },
      { title: text('cached before', '之前缓存'), unit: 'tokens' },
      { title: text('kept after', '之后保留'), unit: 'tokens' },
    ],
    rows: rows(({ tokens, positions, context, before, after }, { heads, kvHeads, headDim }) => [
      tokens.length,
      [...new Set([positions[0], positions.at(-1)])].join(' – '),
      shape(tokens.length, heads, headDim),
      ...[tokens.length, context].map((count) => shape(count, kvHeads, headDim)),
      ...[before, after],
    ]),
  });
  findings.table({
    name: 'masks',
    title: text(
      'The mask of each step: a row for each computed token, ■ for each token it sees',
      '每一步的掩码：每个计算的词元一行，■ 表示可见的词元',
    ),
    columns: [cache, number, ...layers, { title: text('rows', '各行') }],
    rows: rows((step, { window }) => [shortened(maskRows(step, window)).join(' ')]),
  });
}

const shortened = (lines: readonly string[]): readonly string[] =>
  lines.length <= MOST_ROWS ? lines : [...lines.slice(0, 2), '…', lines.at(-1)!];

const computedFor = (steps: readonly FedStep[]): number[] => {
  const counts: number[] = [];
  let since = 0;
  for (const { tokens, chosen } of steps) {
    since += tokens.length;
    if (chosen === undefined) continue;
    counts.push(since);
    since = 0;
  }
  return counts;
};

function conclude(findings: Findings, taken: Readonly<Record<Mode, FedStep[]>>, kinds: Kinds): void {
  const counts = { paged: computedFor(taken.paged), none: computedFor(taken.none) };
  findings.chart({
    name: 'computed',
    kind: 'bars',
    title: text('Tokens computed for each new token', '每个新词元所计算的词元数'),
    x: { title: text('new token', '新词元') },
    y: { title: text('tokens computed', '计算的词元数'), unit: 'tokens' },
    series: MODES.map((mode) => ({
      name: NAMES[mode],
      points: counts[mode].map((count, i): [string, number] => [`${i + 1}`, count]),
    })),
  });
  for (const mode of MODES)
    findings.sample(
      {
        name: `tokens computed for ${counts[mode].length} new ones, ${mode}`,
        title: text(`${NAMES[mode].en}: tokens computed in all`, `${NAMES[mode].zh}：计算的词元总数`),
        unit: 'tokens',
        better: 'lower',
        exact: true,
      },
      sum(counts[mode]),
    );
  const added = (mode: Mode): string => `${counts[mode].join(' + ')} = ${sum(counts[mode])}`;
  const number = counts.paged.length;
  findings.see(
    text(
      `For ${number} new tokens ${added('paged')} tokens were computed with a cache, and ${added('none')} without.`,
      `生成 ${number} 个新词元，有缓存时计算 ${added('paged')} 个词元，无缓存时计算 ${added('none')} 个。`,
    ),
  );
  const byShape = new Map(kinds.map((kind) => [shape(kind.heads, kind.kvHeads, kind.headDim), kind]));
  for (const { heads, kvHeads, headDim } of byShape.values())
    findings.see(headsSentence(heads, kvHeads, headDim));
  const chosen = (mode: Mode): string => taken[mode].flatMap((step) => step.chosen ?? []).join();
  if (chosen('paged') !== chosen('none'))
    findings.part(
      text(
        'The tokens chosen differ, which must not be: please report it.',
        '所选词元不同，这不应发生：请报告。',
      ),
    );
  else findings.see(text('The tokens chosen are the same.', '两者选出的词元相同。'));
  const promptTokens = counts.none[0]!;
  const asExpected =
    counts.paged.every((count, i) => count === (i === 0 ? promptTokens : 1)) &&
    counts.none.every((count, i) => count === promptTokens + i);
  if (!asExpected)
    findings.part(text('The steps computed other tokens than expected.', '各步计算的词元与预期不同。'));
}

function headsSentence(heads: number, kvHeads: number, headDim: number): Text {
  const whole = formatNumber(2 * heads * headDim);
  const kept = formatNumber(2 * kvHeads * headDim);
  return heads === kvHeads
    ? text(
        `Each of ${heads} query heads has a key and value head of its own: the cache keeps ${kept} numbers of a token in each layer.`,
        `${heads} 个查询头各有自己的键值头：缓存在每层为每个词元保存 ${kept} 个数。`,
      )
    : text(
        `${heads} query heads share ${kvHeads} key and value heads: the cache keeps ${kept} numbers of a token in each layer, not ${whole}.`,
        `${heads} 个查询头共用 ${kvHeads} 个键值头：缓存在每层为每个词元保存 ${kept} 个数，而不是 ${whole} 个。`,
      );
}
