// Prompt lookup: tokens guessed from the text itself and checked in one step, on a text that repeats itself and on
// one that does not.

import type { Engine } from '../../../engine/engine.ts';
import { timedAnswer } from '../../answer.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { formatNumber } from '../../report/format-cell.ts';
import type { Cell, Metric } from '../../result.ts';
import { median, ratioInterval } from '../../statistics.ts';
import { text } from '../../text.ts';
import { countSteps, type Run, sameTokens, tokensPerStep } from './count.ts';
import { answerLength, type Kind, kindsOf } from './kinds.ts';

const DRAFTS = [0, 2, 4, 8];
const GOOD = 0.8; // share of the tokens of a step by which the speed is to rise

export const speculation: Experiment = {
  name: 'speculation',
  title: text('Tokens guessed ahead', '提前猜测词元'),
  question: text(
    'What does it gain to guess tokens from the text itself and to check them in one step?',
    '从文本自身猜测后面的词元并在一步内核对，能快多少？',
  ),
  expected: text(
    'Tokens are always those of an answer without guesses; where the text repeats itself a step gives several, and the speed rises nearly as much, because the weights are read once for all of them; elsewhere little is guessed and nothing is lost.',
    '词元始终与不猜测时相同；文本重复时一步得到多个词元，速度几乎同比提高，因为权重只需读一次；不重复时很少猜测，也不会变慢。',
  ),
  async run(bench, findings) {
    const kinds = await kindsOf(bench);
    const generate = await answerLength(bench);
    const counted = kinds.length * DRAFTS.length;
    const total = counted * (2 + bench.repetitions); // counting, warming up
    const runs = await countSteps(bench, kinds, DRAFTS, generate, (done) => bench.progress(done, total));
    reportCounts(findings, runs);
    await time(bench, findings, kinds, generate, (done) => bench.progress(counted + done, total));
    reportTimes(findings, runs);
    concludeTokens(findings, runs);
    for (const kind of kinds)
      concludeSpeed(
        findings,
        runs.filter((run) => run.kind === kind),
      );
  },
};

function reportCounts(findings: Findings, runs: readonly Run[]): void {
  findings.table({
    name: 'counts',
    title: text(
      `Steps of an answer of ${runs[0]!.tokens.length} tokens`,
      `一个 ${runs[0]!.tokens.length} 个词元的回答所用的步数`,
    ),
    columns: [
      { title: text('text', '文本') },
      { title: text('guesses a step', '每步猜测') },
      { title: text('guessed', '猜测数') },
      { title: text('right', '猜中数') },
      { title: text('steps', '步数') },
      { title: text('tokens a step', '每步词元数') },
      { title: text('tokens equal', '词元相同') },
    ],
    rows: runs.map((run): Cell[] => {
      const { kind, drafts, drafted, accepted, steps } = run;
      return [kind.title, drafts, drafted, accepted, steps, tokensPerStep(run), sameTokens(runs, run)];
    }),
  });
  const kinds = [...new Set(runs.map(({ kind }) => kind))];
  findings.chart({
    name: 'right',
    kind: 'bars',
    title: text('Guesses that were right', '猜中的比例'),
    x: { title: text('most guesses a step', '每步最多猜测') },
    y: { title: text('right', '猜中'), unit: '%' },
    series: kinds.map((kind) => ({
      name: kind.title,
      points: runs
        .filter((run) => run.kind === kind && run.drafted > 0)
        .map(({ drafts, drafted, accepted }): [string, number] => [`${drafts}`, (100 * accepted) / drafted]),
    })),
  });
}

async function time(
  bench: LabBench,
  findings: Findings,
  kinds: readonly Kind[],
  generate: number,
  progress: (done: number) => void,
): Promise<void> {
  const engines = new Map<number, Engine>();
  for (const drafts of DRAFTS)
    engines.set(drafts, await bench.engine({ draftTokens: drafts, maxRunning: 1 }));
  let done = 0;
  for (let round = 0; round <= bench.repetitions; round++)
    for (const kind of kinds)
      for (const [drafts, engine] of round % 2 === 0 ? engines : [...engines].reverse()) {
        progress(done++);
        const { msPerToken } = await timedAnswer(engine, kind.prompt, generate, kind.options);
        if (round > 0) findings.sample(metric(kind, drafts), msPerToken); // the first makes what is made lazily
      }
}

const metricName = ({ name, answerTokens }: Kind, drafts: number): string =>
  `${name}, ${drafts} guesses, answer of ${answerTokens}`;

const metric = (kind: Kind, drafts: number): Omit<Metric, 'samples'> => ({
  name: metricName(kind, drafts),
  title: text(
    `${kind.title.en}, ${drafts} guesses a step: time of a token`,
    `${kind.title.zh}，每步猜测 ${drafts} 个：每个词元的时间`,
  ),
  unit: 'ms',
  better: 'lower',
});

/** How a run was timed. */
function timesOf(findings: Findings, { kind, drafts, ...run }: Run) {
  const samples = findings.samples(metricName(kind, drafts));
  const plain = findings.samples(metricName(kind, 0));
  const ms = median(samples);
  return {
    ms,
    /** of a step: `ms` is between tokens, and the first one comes with the prompt */
    stepMs: (ms * (run.tokens.length - 1)) / Math.max(1, run.steps - 1),
    speedUp: median(plain) / ms,
    interval: ratioInterval(samples, plain),
  };
}

function reportTimes(findings: Findings, runs: readonly Run[]): void {
  const rows = runs.map((run): Cell[] => {
    const { ms, stepMs, speedUp, interval } = timesOf(findings, run);
    const range = `${formatNumber(interval.low)} – ${formatNumber(interval.high)}`;
    return [run.kind.title, run.drafts, stepMs, ms, 1000 / ms, speedUp, run.drafts === 0 ? null : range];
  });
  findings.table({
    name: 'time',
    title: text('What they cost and gain', '猜测的代价与收益'),
    columns: [
      { title: text('text', '文本') },
      { title: text('guesses a step', '每步猜测') },
      { title: text('a step', '每步'), unit: 'ms' },
      { title: text('a token', '每个词元'), unit: 'ms' },
      { title: text('speed', '速度'), unit: 'tokens/s' },
      { title: text('times as fast', '加速比') },
      { title: text('95 % interval', '95 % 区间') },
    ],
    rows,
  });
  const kinds = [...new Set(runs.map(({ kind }) => kind))];
  findings.chart({
    name: 'speed',
    kind: 'lines',
    title: text('Speed by guesses a step', '速度与每步猜测数'),
    x: { title: text('most guesses a step', '每步最多猜测') },
    y: { title: text('times as fast as without', '相对不猜测的加速比') },
    series: kinds.map((kind) => ({
      name: kind.title,
      points: runs
        .filter((run) => run.kind === kind)
        .map((run): [number, number] => [run.drafts, timesOf(findings, run).speedUp]),
    })),
  });
}

function concludeTokens(findings: Findings, runs: readonly Run[]): void {
  if (runs.every((run) => sameTokens(runs, run)))
    findings.see(
      text(
        'Every answer has the tokens of the one without guesses, drawn ones too.',
        '所有回答的词元都与不猜测时相同，采样的也是如此。',
      ),
    );
  else
    findings.part(
      text(
        'Guesses changed the tokens of an answer, which must not be: please report it.',
        '猜测改变了回答的词元，这不应发生：请报告。',
      ),
    );
}

/** @param runs of one kind of text, without guesses first */
function concludeSpeed(findings: Findings, runs: readonly Run[]): void {
  const [plain, ...guessing] = runs.map((run) => ({ ...run, ...timesOf(findings, run) }));
  const best = guessing.toSorted((a, b) => b.speedUp - a.speedUp)[0]!;
  const { kind, drafts, drafted, accepted, speedUp, interval } = best;
  const f = formatNumber;
  const perStep = tokensPerStep(best);
  const cost = best.stepMs / plain!.stepMs;
  const range = `${f(interval.low)} – ${f(interval.high)}`;
  const counts = text(
    `${kind.title.en}, ${drafts} guesses a step: ${f(accepted)} of ${f(drafted)} were right; a step gave ${f(perStep)} tokens and took ${f(cost)} times as long as without.`,
    `${kind.title.zh}，每步猜测 ${drafts} 个：${f(drafted)} 个中猜中 ${f(accepted)} 个；每步得到 ${f(perStep)} 个词元，用时为不猜测时的 ${f(cost)} 倍。`,
  );
  const speed =
    interval.low > 1
      ? text(
          `${f(speedUp)} times as fast (95 %: ${range}).`,
          `速度是不猜测时的 ${f(speedUp)} 倍（95 %：${range}）。`,
        )
      : text(`Not seen to be faster (95 %: ${range}).`, `看不出变快（95 %：${range}）。`);
  findings.see(text(`${counts.en} ${speed.en}`, `${counts.zh}${speed.zh}`));
  if (interval.high < GOOD * perStep)
    findings.part(
      text(
        `${kind.title.en}: the speed rose less than the tokens of a step (${f(speedUp)} against ${f(perStep)} times). A step computes the guesses too, wrong ones as well, and that takes time where reading the weights is not all that counts.`,
        `${kind.title.zh}：速度是不猜测时的 ${f(speedUp)} 倍，而每步得到 ${f(perStep)} 个词元。每步还要计算猜测的词元，包括猜错的；当耗时不只在读取权重时，这需要时间。`,
      ),
    );
  const slower = guessing.filter((run) => run.interval.high < 1);
  if (slower.length === 0) return;
  const numbers = slower.map((run) => `${run.drafts} (${f(run.speedUp)})`);
  findings.part(
    text(
      `${kind.title.en}: slower than without guesses, times as fast in brackets: ${numbers.join(', ')} a step.`,
      `${kind.title.zh}：比不猜测更慢的每步猜测数（括号内为加速比）：${numbers.join('、')}。`,
    ),
  );
}
