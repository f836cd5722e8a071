// The backends on one model: the reference, and the native kernels for each instruction set that runs here. How fast,
// how near to the machine's limits, and whether they choose the same tokens.

import { DTYPES } from '../../../base/dtypes.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Limits } from '../../../kernels/limits.ts';
import { instructionSets, nativeUnavailable } from '../../../kernels/native/node/native-backend.ts';
import type { Work } from '../../../program/work.ts';
import { timedAnswer } from '../../answer.ts';
import { attentionOpsAt } from '../../attention-layers.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { formatBytes, formatNumber } from '../../report/format-cell.ts';
import type { Cell } from '../../result.ts';
import { median } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import { type Candidate, compareTokens } from './backend-tokens.ts';

const NEAR = 0.5; // share of a limit that counts as near it
const SLOWER = 0.9; // a ratio of speeds that is not taken for chance

export const backends: Experiment = {
  name: 'backends',
  title: text('Backends and instruction sets', '后端与指令集'),
  question: text(
    'How fast is each backend, and how near does it come to what the machine can do?',
    '各后端有多快？离机器的极限有多近？',
  ),
  expected: text(
    'No instruction set is slower than a plainer one and the reference is far the slowest; the best one decodes near the bandwidth of memory and prefills near the peak of arithmetic; the native ones choose the same tokens.',
    '更强的指令集不会更慢，参考后端最慢；最强的指令集解码接近内存带宽、预填充接近算力峰值；各原生指令集选出相同的词元。',
  ),
  async run(bench, findings) {
    const why = nativeUnavailable();
    if (why !== undefined)
      findings.see(
        text(
          'The native kernels are not built here, so only the reference was measured.',
          '此处没有编译原生内核，因此只测量了参考后端。',
        ),
      );
    const candidates = candidatesOf();
    const limits = await bench.limits();
    await compareTokens(bench, findings, candidates);
    await compareSpeeds(bench, findings, candidates, limits);
  },
};

function candidatesOf(): Candidate[] {
  const native = instructionSets().map(
    (instructionSet): Candidate => ({
      name: `native ${instructionSet}`,
      choice: { backend: 'native', instructionSet },
      slow: instructionSet === 'plain',
    }),
  );
  return [...native, { name: 'reference', choice: { backend: 'reference' }, slow: true }];
}

interface Sizes {
  readonly prompt: number;
  readonly generate: number;
}

const LEAST: Sizes = { prompt: 4, generate: 3 };

const sizesOf = (bench: LabBench, slow: boolean): Sizes =>
  slow
    ? bench.size({ prompt: 32, generate: 8 }, { prompt: 8, generate: 3 })
    : bench.size({ prompt: 256, generate: 32 }, { prompt: 32, generate: 4 });

/** What is measured of a backend, tokens a second. */
interface Speed {
  readonly prefill: number;
  readonly decode: number;
}

interface Measured {
  readonly candidate: Candidate;
  readonly sizes: Sizes;
  readonly speed: Speed;
  /** shares of the machine's limits; undefined where these are not known */
  readonly share: Speed | undefined;
  readonly weightBytes: number;
}

async function compareSpeeds(
  bench: LabBench,
  findings: Findings,
  candidates: readonly Candidate[],
  limits: Limits | undefined,
): Promise<void> {
  const measured: Measured[] = [];
  for (const [i, candidate] of candidates.entries()) {
    bench.progress(candidates.length + i, 2 * candidates.length);
    measured.push(await measure(bench, findings, candidate, limits));
    report(findings, measured, bench.threads);
  }
  conclude(findings, measured, limits);
}

async function measure(
  bench: LabBench,
  findings: Findings,
  { name, choice, slow }: Candidate,
  limits: Limits | undefined,
): Promise<Measured> {
  const { program } = await bench.load(choice);
  const most = sizesOf(bench, slow);
  const engine = await bench.engine({ maxRunning: 1, context: most.prompt + most.generate + 1 }, choice);
  const sizes = await affordable(bench, engine, most);
  const { prompt } = sizes;
  const tokens = await passageTokens(engine, prompt);
  if (!slow) await timedAnswer(engine, tokens, sizes.generate); // finds how many tokens a step may have
  const taken: Speed[] = [];
  for (let repetition = 0; repetition < bench.repetitions; repetition++) {
    bench.check();
    const { ttftMs, msPerToken } = await timedAnswer(engine, tokens, sizes.generate);
    const speed = { prefill: (1000 * prompt) / ttftMs, decode: 1000 / msPerToken };
    taken.push(speed);
    for (const what of WHATS)
      findings.sample(
        {
          name: `${what}, ${name}`,
          title: text(`${name}: ${WORDS[what].en}`, `${name}：${WORDS[what].zh}`),
          unit: 'tokens/s',
          better: 'higher',
        },
        speed[what],
      );
  }
  await engine.dispose();
  const speed = {
    prefill: median(taken.map((one) => one.prefill)),
    decode: median(taken.map((one) => one.decode)),
  };
  const attention = attentionOpsAt(program, (prompt + 1) / 2);
  const share = limits && sharesOf(speed, engine.info.work, { sizes, attention, limits });
  const { weightBytes } = engine.info.work;
  return { candidate: { name, choice, slow }, sizes, speed, share, weightBytes };
}

// A large model on a slow backend is given shorter texts.
async function affordable(bench: LabBench, engine: Engine, most: Sizes): Promise<Sizes> {
  const tokens = await passageTokens(engine, LEAST.prompt);
  await timedAnswer(engine, tokens, LEAST.generate); // makes what is made lazily
  const { ttftMs, msPerToken } = await timedAnswer(engine, tokens, LEAST.generate);
  const expectedMs = (ttftMs / LEAST.prompt) * most.prompt + msPerToken * most.generate;
  const share = Math.min(1, bench.size(4000, 400) / expectedMs);
  const part = (whole: number, least: number): number => Math.max(least, Math.floor(whole * share));
  return { prompt: part(most.prompt, LEAST.prompt), generate: part(most.generate, LEAST.generate) };
}

const WHATS = ['prefill', 'decode'] as const;
const WORDS: Readonly<Record<keyof Speed, Text>> = {
  prefill: text('prefill', '预填充'),
  decode: text('decode', '解码'),
};

// A decoded token reads all weights and the keys and values before it; a token of a prompt is mostly arithmetic.
function sharesOf(
  { prefill, decode }: Speed,
  { weightBytes, kvBytesPerToken, opsPerToken, opsPerRow, mainDtype }: Work,
  { sizes, attention, limits }: { sizes: Sizes; attention: number; limits: Limits },
): Speed {
  const bytes = weightBytes + kvBytesPerToken * (sizes.prompt + sizes.generate / 2);
  const ops = opsPerToken + attention + opsPerRow / sizes.prompt;
  const peak = DTYPES[mainDtype].quantized
    ? limits.int8OpsPerSecond
    : mainDtype === 'BF16'
      ? limits.bf16FlopsPerSecond
      : limits.f32FlopsPerSecond;
  return { prefill: (prefill * ops) / peak, decode: (decode * bytes) / limits.bandwidthBytesPerSecond };
}

function report(findings: Findings, measured: readonly Measured[], threads: number): void {
  findings.table({
    name: 'speed',
    title: text('Speed of each backend', '各后端的速度'),
    columns: [
      { title: text('backend', '后端') },
      { title: text('threads', '线程') },
      { title: text('prompt', '提示'), unit: 'tokens' },
      { title: text('answer', '回答'), unit: 'tokens' },
      { title: text('prefill', '预填充'), unit: 'tokens/s' },
      { title: text('of the peak', '占算力峰值'), unit: '%' },
      { title: text('decode', '解码'), unit: 'tokens/s' },
      { title: text('of the bandwidth', '占内存带宽'), unit: '%' },
    ],
    rows: measured.map(({ candidate, sizes, speed, share }): Cell[] => [
      candidate.name,
      candidate.choice.backend === 'native' ? threads : 1,
      ...[sizes.prompt, sizes.generate],
      speed.prefill,
      share === undefined ? null : 100 * share.prefill,
      speed.decode,
      share === undefined ? null : 100 * share.decode,
    ]),
  });
  for (const what of WHATS)
    findings.chart({
      name: what,
      kind: 'bars',
      title: text(`${what === 'prefill' ? 'Prefill' : 'Decode'} speed`, `${WORDS[what].zh}速度`),
      x: { title: text('backend', '后端') },
      y: { title: WORDS[what], unit: 'tokens/s' },
      series: [
        {
          name: WORDS[what],
          points: measured.map(({ candidate, speed }): [string, number] => [candidate.name, speed[what]]),
        },
      ],
    });
}

function conclude(findings: Findings, measured: readonly Measured[], limits: Limits | undefined): void {
  const f = formatNumber;
  const best = measured[0]!;
  const reference = measured.at(-1)!;
  if (best !== reference)
    findings.see(
      text(
        `${best.candidate.name} prefills ${f(best.speed.prefill)} and decodes ${f(best.speed.decode)} tokens a second, ${f(best.speed.prefill / reference.speed.prefill)} and ${f(best.speed.decode / reference.speed.decode)} times as fast as the reference.`,
        `${best.candidate.name} 每秒预填充 ${f(best.speed.prefill)} 个、解码 ${f(best.speed.decode)} 个词元，分别是参考后端的 ${f(best.speed.prefill / reference.speed.prefill)} 倍和 ${f(best.speed.decode / reference.speed.decode)} 倍。`,
      ),
    );
  for (const what of WHATS)
    for (const [i, { candidate, speed }] of measured.entries()) {
      const plainer = measured[i + 1];
      if (plainer === undefined || speed[what] > SLOWER * plainer.speed[what]) continue;
      findings.part(
        text(
          `${candidate.name} was slower than ${plainer.candidate.name} at ${what}, ${f(speed[what])} against ${f(plainer.speed[what])} tokens a second.`,
          `${WORDS[what].zh}时，${candidate.name} 比 ${plainer.candidate.name} 慢：每秒 ${f(speed[what])} 对 ${f(plainer.speed[what])} 个词元。`,
        ),
      );
    }
  if (best.share !== undefined && limits !== undefined) concludeShares(findings, best, best.share, limits);
}

function concludeShares(
  findings: Findings,
  { candidate: { name }, weightBytes, speed }: Measured,
  share: Speed,
  limits: Limits,
): void {
  const percent = (value: number): string => formatNumber(100 * value);
  findings.see(
    text(
      `${name} reaches ${percent(share.prefill)} % of the peak of arithmetic in prefill and ${percent(share.decode)} % of the bandwidth of memory in decode.`,
      `${name} 预填充达到算力峰值的 ${percent(share.prefill)} %，解码达到内存带宽的 ${percent(share.decode)} %。`,
    ),
  );
  const least = percent(NEAR);
  if (share.prefill < NEAR)
    findings.part(
      text(
        `In prefill ${name} stays below ${least} % of the peak of arithmetic.`,
        `预填充时，${name} 未达到算力峰值的 ${least} %。`,
      ),
    );
  if (share.decode >= NEAR) return;
  const tokenMs = formatNumber(1000 / speed.decode);
  const readMs = formatNumber((1000 * weightBytes) / limits.bandwidthBytesPerSecond);
  findings.part(
    text(
      `In decode ${name} stays below ${least} % of the bandwidth of memory, at which its ${formatBytes(weightBytes)} of weights would be read in ${readMs} ms; a token took ${tokenMs} ms.`,
      `解码时，${name} 未达到内存带宽的 ${least} %；以全部带宽读取 ${formatBytes(weightBytes)} 权重需 ${readMs} 毫秒，而每个词元实际用了 ${tokenMs} 毫秒。`,
    ),
  );
}
