// No cache, a contiguous one, a paged one: what time and memory do as a text grows, and that the tokens are the same.

import { sum } from '../../base/sum.ts';
import type { Engine } from '../../engine/engine.ts';
import type { CachePolicy } from '../../kv/cache-policy.ts';
import { type TimedAnswer, timedAnswer } from '../answer.ts';
import type { Experiment } from '../experiment.ts';
import type { Findings } from '../findings.ts';
import type { LabBench } from '../lab-bench.ts';
import { ladder } from '../ladder.ts';
import { passageTokens } from '../passage.ts';
import { formatNumber } from '../report/format-cell.ts';
import type { Cell } from '../result.ts';
import { type Fit, fitLine, median } from '../statistics.ts';
import { largestDifference, StepRecorder } from '../step-recorder.ts';
import { type Text, text } from '../text.ts';

const MODES = ['none', 'contiguous', 'paged'] as const satisfies readonly CachePolicy[];
type Mode = (typeof MODES)[number];

const NAMES: Readonly<Record<Mode, Text>> = {
  none: text('no cache', '无缓存'),
  contiguous: text('contiguous', '连续缓存'),
  paged: text('paged', '分页缓存'),
};

const LENGTHS = [16, 32, 64, 128, 256, 512, 900];
const QUICK = [8, 16, 32, 64];
const GENERATE = 16; // tokens at each length
const ENOUGH_MS = 8000; // of one mode at one length: what takes longer is not repeated
const LONG_MS = 2000; // what takes as long counts from the first time: warming up is little of it
const PROMPTS = [
  'What is a cache?',
  'The quick brown fox jumps over the lazy dog, and then',
  'Once upon a time there was a lighthouse keeper who wrote down every ship that passed. One winter',
];
const FLAT = 0.5; // share of the shortest text's time by which a flat line may rise

interface Point {
  readonly length: number;
  readonly ms: Readonly<Record<Mode, number>>;
}

export const modes: Experiment = {
  name: 'modes',
  title: text('No cache, contiguous, paged', '无缓存、连续缓存、分页缓存'),
  question: text('What do time and memory do as a text grows?', '文本变长时，时间和内存如何变化？'),
  expected: text(
    'Without a cache the time of a token grows with the text, because the whole text is computed again for it; with one it stays nearly flat, and every token is the same to the bit.',
    '没有缓存时，每个词元都要重算整段文本，时间随文本增长；有缓存时几乎不变，且每个词元逐位相同。',
  ),
  async run(bench, findings) {
    const engines: Record<Mode, Engine> = {
      none: await bench.engine({ cache: 'none', maxRunning: 1 }),
      contiguous: await bench.engine({ cache: 'contiguous', maxRunning: 1 }),
      paged: await bench.engine({ cache: 'paged', maxRunning: 1 }),
    };
    const { contextLength } = engines.paged;
    const usual = bench.size(LENGTHS, QUICK);
    const lengths = ladder(bench, { contextLength, room: GENERATE, usual });
    await compareTokens(bench, findings, lengths);
    const points = await climb(bench, findings, engines, lengths);
    concludeGrowth(findings, points);
  },
};

/** The correctness column: the same tokens, and the same logits to the bit. */
async function compareTokens(bench: LabBench, findings: Findings, lengths: readonly number[]): Promise<void> {
  const rows: Cell[][] = [];
  const generate = bench.size(32, 8);
  const recorded = async (cache: Mode, prompt: readonly number[]) => {
    const recorder = new StepRecorder();
    const engine = await bench.engine({ cache, maxRunning: 1, onStep: recorder.observe });
    const { tokens, totalMs } = await timedAnswer(engine, prompt, generate);
    await engine.dispose();
    return { tokens, totalMs, rows: recorder.rows() };
  };
  const tokenizer = (await bench.load()).tokenizer;
  const texts = PROMPTS.map((prompt) => tokenizer.encodePrompt(prompt));
  const long = await passageTokens(await bench.engine(), Math.max(2, lengths.at(-1)! >> 1));
  let equal = true;
  for (const [i, prompt] of [...texts, long].entries()) {
    bench.progress(i, texts.length + 1 + lengths.length);
    const plain = await recorded('none', prompt);
    for (const mode of MODES) {
      const { tokens, rows: logits, totalMs } = mode === 'none' ? plain : await recorded(mode, prompt);
      const same = tokens.join() === plain.tokens.join();
      const difference = largestDifference(plain.rows, logits);
      equal &&= same && difference === 0;
      rows.push([prompt.length, NAMES[mode], same, difference, totalMs]);
    }
  }
  findings.table({
    name: 'correct',
    title: text(
      `The same answer of ${generate} tokens in each mode`,
      `各模式下同一个 ${generate} 个词元的回答`,
    ),
    columns: [
      { title: text('prompt', '提示'), unit: 'tokens' },
      { title: text('cache', '缓存') },
      { title: text('tokens equal', '词元相同') },
      { title: text('largest logit difference', '最大 logit 差') },
      { title: text('total', '总时间'), unit: 'ms' },
    ],
    rows,
  });
  if (equal)
    findings.see(
      text(
        'All tokens and all logits are equal to the bit in the three modes.',
        '三种模式下所有词元和 logit 逐位相同。',
      ),
    );
  else
    findings.part(
      text(
        'Logits differ between modes, which must not be: please report it.',
        '不同模式的 logit 不一致，这不应发生：请报告。',
      ),
    );
}

async function climb(
  bench: LabBench,
  findings: Findings,
  engines: Readonly<Record<Mode, Engine>>,
  lengths: readonly number[],
): Promise<Point[]> {
  const points: Point[] = [];
  const rows: Cell[][] = [];
  const memory: Cell[][] = [];
  for (const [i, length] of lengths.entries()) {
    bench.progress(PROMPTS.length + 1 + i, PROMPTS.length + 1 + lengths.length);
    const prompt = await passageTokens(engines.paged, length);
    const taken: Record<Mode, TimedAnswer[]> = { none: [], contiguous: [], paged: [] };
    for (let round = 0; round <= bench.repetitions; round++) {
      for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
        const spent = sum(taken[mode].map(({ totalMs }) => totalMs));
        if (spent > ENOUGH_MS) continue;
        bench.check();
        const answer = await timedAnswer(engines[mode], prompt, GENERATE);
        const warmUp = round === 0 && answer.totalMs < LONG_MS;
        if (!warmUp) taken[mode].push(answer);
      }
    }
    const ms = byMode((mode) => median(taken[mode].map(({ msPerToken }) => msPerToken)));
    points.push({ length, ms });
    for (const mode of MODES) {
      const { usage } = taken[mode].at(-1)!;
      const total = median(taken[mode].map(({ totalMs }) => totalMs));
      rows.push([length, NAMES[mode], ms[mode], median(taken[mode].map(({ ttftMs }) => ttftMs)), total]);
      memory.push([length, NAMES[mode], usage.reservedBytes, usage.usedBytes, usage.wastedBytes]);
      if (length === lengths.at(-1))
        for (const { msPerToken } of taken[mode])
          findings.sample(
            {
              name: `${mode}, text of ${length}`,
              title: text(
                `${NAMES[mode].en}: time of a token, text of ${length}`,
                `${NAMES[mode].zh}：文本长 ${length} 时每个词元的时间`,
              ),
              unit: 'ms',
              better: 'lower',
            },
            msPerToken,
          );
    }
    report(findings, points, rows, memory);
  }
  return points;
}

function report(findings: Findings, points: readonly Point[], rows: Cell[][], memory: Cell[][]): void {
  const length = { title: text('text', '文本长度'), unit: 'tokens' };
  const cache = { title: text('cache', '缓存') };
  findings.table({
    name: 'time',
    title: text('Time as the text grows', '文本变长时的时间'),
    columns: [
      length,
      cache,
      { title: text('a token', '每个词元'), unit: 'ms' },
      { title: text('first token', '首个词元'), unit: 'ms' },
      { title: text(`prompt and ${GENERATE} tokens`, `提示加 ${GENERATE} 个词元`), unit: 'ms' },
    ],
    rows: [...rows],
  });
  findings.table({
    name: 'memory',
    title: text('KV memory when the last token came', '最后一个词元时的 KV 内存'),
    columns: [
      length,
      cache,
      { title: text('reserved', '预留'), unit: 'bytes' },
      { title: text('used', '使用'), unit: 'bytes' },
      { title: text('wasted', '浪费'), unit: 'bytes' },
    ],
    rows: [...memory],
  });
  const x = { title: text('length of the text', '文本长度'), unit: 'tokens' };
  findings.chart({
    name: 'time',
    kind: 'lines',
    title: text('Time of a token', '每个词元的时间'),
    x,
    y: { title: text('time of a token', '每个词元的时间'), unit: 'ms' },
    series: MODES.map((mode) => ({
      name: NAMES[mode],
      points: points.map((point): [number, number] => [point.length, point.ms[mode]]),
    })),
  });
  const column = { reserved: 2, wasted: 4 } as const;
  const bytes = (mode: Mode, what: keyof typeof column): [number, number][] =>
    memory
      .filter(([, name]) => name === NAMES[mode])
      .map((row) => [row[0] as number, (row[column[what]] as number) / 1024]);
  findings.chart({
    name: 'memory',
    kind: 'lines',
    title: text('KV memory of one sequence', '单个序列的 KV 内存'),
    x,
    y: { title: text('memory', '内存'), unit: 'KiB' },
    series: (['contiguous', 'paged'] as const).flatMap((mode, colour) => [
      {
        name: text(`${NAMES[mode].en}, reserved`, `${NAMES[mode].zh}，预留`),
        colour,
        points: bytes(mode, 'reserved'),
      },
      {
        name: text(`${NAMES[mode].en}, wasted`, `${NAMES[mode].zh}，浪费`),
        style: 'dashes' as const,
        colour,
        points: bytes(mode, 'wasted'),
      },
    ]),
  });
}

function concludeGrowth(findings: Findings, points: readonly Point[]): void {
  if (points.length < 2) return;
  const fits = byMode((mode) => fitLine(points.map(({ length, ms }) => [length, ms[mode]])));
  const micro = (fit: Fit): number => fit.slope * 1000;
  findings.table({
    name: 'growth',
    title: text('A straight line through the times', '时间的直线拟合'),
    columns: [
      { title: text('cache', '缓存') },
      { title: text('at length 0', '长度为 0 时'), unit: 'ms' },
      { title: text('growth for each token of text', '文本每增加一个词元的增长'), unit: 'µs' },
      { title: text('explained (R²)', '解释度 (R²)') },
      { title: text('largest residual', '最大残差'), unit: 'ms' },
    ],
    rows: MODES.map((mode) => {
      const { intercept, r2, residuals } = fits[mode];
      return [NAMES[mode], intercept, micro(fits[mode]), r2, Math.max(...residuals.map(Math.abs))];
    }),
  });
  const first = points[0]!;
  const last = points.at(-1)!;
  const times = last.ms.none / last.ms.paged;
  const f = formatNumber;
  findings.see(
    text(
      `With ${last.length} tokens of text a token takes ${f(last.ms.none)} ms without a cache, ${f(last.ms.contiguous)} ms with a contiguous and ${f(last.ms.paged)} ms with a paged one: without, ${f(times)} times as long as with a paged one.`,
      `文本长 ${last.length} 个词元时，每个词元无缓存需 ${f(last.ms.none)} 毫秒，连续缓存 ${f(last.ms.contiguous)} 毫秒，分页缓存 ${f(last.ms.paged)} 毫秒：无缓存的用时是分页缓存的 ${f(times)} 倍。`,
    ),
  );
  if (!(fits.none.slope > 0 && times > 1))
    findings.part(
      text('Without a cache the time did not grow with the text.', '无缓存时，时间没有随文本增长。'),
    );
  for (const mode of ['contiguous', 'paged'] as const) {
    const rise = last.ms[mode] / first.ms[mode] - 1;
    if (rise <= FLAT) continue;
    const percent = f(100 * rise);
    const line = `${f(micro(fits[mode]))} µs`;
    const r2 = f(fits[mode].r2);
    findings.part(
      text(
        `${NAMES[mode].en}: a token takes ${percent} % longer at ${last.length} tokens than at ${first.length}; a line through the times rises by ${line} for each token of text (R² ${r2}).`,
        `${NAMES[mode].zh}：长度 ${last.length} 时比 ${first.length} 时每个词元慢 ${percent} %；时间的拟合直线每增加一个词元上升 ${line}（R² ${r2}）。`,
      ),
    );
  }
}

const byMode = <T>(of: (mode: Mode) => T): Record<Mode, T> => ({
  none: of('none'),
  contiguous: of('contiguous'),
  paged: of('paged'),
});
