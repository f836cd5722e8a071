// The backends on one model: the reference, and the native kernels for each instruction set that runs here. How fast,
// how near to the machine's limits, and whether they choose the same tokens.

import type { Limits } from '../../../kernels/limits.ts';
import { instructionSets, nativeUnavailable } from '../../../kernels/native/node/native-backend.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { formatBytes, formatNumber } from '../../report/format-cell.ts';
import type { Cell } from '../../result.ts';
import { text } from '../../text.ts';
import {
  LARGE,
  type Measured,
  measureSpeed,
  type Sizes,
  SMALL,
  type Speed,
  sizesFor,
  WHATS,
  WORDS,
} from './backend-speeds.ts';
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

async function compareSpeeds(
  bench: LabBench,
  findings: Findings,
  candidates: readonly Candidate[],
  limits: Limits | undefined,
): Promise<void> {
  const measured: Measured[] = [];
  const small = await sizesFor(bench, candidates, SMALL);
  const fast = candidates.filter(({ slow }) => !slow);
  const large = fast.length === 0 ? small : await sizesFor(bench, fast, LARGE);
  for (const [i, candidate] of candidates.entries()) {
    bench.progress(candidates.length + i, 2 * candidates.length);
    for (const sizes of candidate.slow || large.prompt === small.prompt ? [small] : [large, small]) {
      measured.push(await measureSpeed(bench, findings, { candidate, sizes, limits }));
      report(findings, measured, bench.threads);
    }
  }
  conclude(findings, measured, { small, large, limits });
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
  const prompts = [...new Set(measured.map(({ sizes }) => sizes.prompt))];
  for (const what of WHATS)
    findings.chart({
      name: what,
      kind: 'bars',
      title: text(`${what === 'prefill' ? 'Prefill' : 'Decode'} speed`, `${WORDS[what].zh}速度`),
      x: { title: text('backend', '后端') },
      y: { title: WORDS[what], unit: 'tokens/s' },
      series: prompts.map((prompt) => ({
        name: text(`text of ${prompt}`, `文本长 ${prompt}`),
        points: measured
          .filter(({ sizes }) => sizes.prompt === prompt)
          .map(({ candidate, speed }): [string, number] => [candidate.name, speed[what]]),
      })),
    });
}

interface Compared {
  /** at which ratios are taken */
  readonly small: Sizes;
  /** at which shares of the limits are */
  readonly large: Sizes;
  readonly limits: Limits | undefined;
}

function conclude(
  findings: Findings,
  measured: readonly Measured[],
  { small, large, limits }: Compared,
): void {
  const at = (sizes: Sizes): Measured[] => measured.filter((one) => one.sizes === sizes);
  const f = formatNumber;
  const best = at(small)[0]!;
  const reference = at(small).at(-1)!;
  if (best !== reference)
    findings.see(
      text(
        `On a text of ${small.prompt} tokens ${best.candidate.name} prefills ${f(best.speed.prefill)} and decodes ${f(best.speed.decode)} tokens a second, ${f(best.speed.prefill / reference.speed.prefill)} and ${f(best.speed.decode / reference.speed.decode)} times as fast as the reference.`,
        `文本长 ${small.prompt} 个词元时，${best.candidate.name} 每秒预填充 ${f(best.speed.prefill)} 个、解码 ${f(best.speed.decode)} 个词元，分别是参考后端的 ${f(best.speed.prefill / reference.speed.prefill)} 倍和 ${f(best.speed.decode / reference.speed.decode)} 倍。`,
      ),
    );
  concludeOrder(findings, at(small));
  if (large !== small) concludeOrder(findings, at(large));
  const longest = measured[0]!; // of the best, at the large size where it has one
  if (longest.share !== undefined && limits !== undefined)
    concludeShares(findings, longest, longest.share, limits);
}

/** @param measured of one size, the best first */
function concludeOrder(findings: Findings, measured: readonly Measured[]): void {
  const f = formatNumber;
  for (const what of WHATS)
    for (const [i, { candidate, speed, sizes }] of measured.entries()) {
      const plainer = measured[i + 1];
      if (plainer === undefined || speed[what] > SLOWER * plainer.speed[what]) continue;
      findings.part(
        text(
          `On a text of ${sizes.prompt} tokens ${candidate.name} was slower than ${plainer.candidate.name} at ${what}, ${f(speed[what])} against ${f(plainer.speed[what])} tokens a second.`,
          `文本长 ${sizes.prompt} 个词元，${WORDS[what].zh}时，${candidate.name} 比 ${plainer.candidate.name} 慢：每秒 ${f(speed[what])} 对 ${f(plainer.speed[what])} 个词元。`,
        ),
      );
    }
}

function concludeShares(
  findings: Findings,
  { candidate: { name }, sizes, weightBytes, speed }: Measured,
  share: Speed,
  limits: Limits,
): void {
  const percent = (value: number): string => formatNumber(100 * value);
  findings.see(
    text(
      `On a text of ${sizes.prompt} tokens ${name} reaches ${percent(share.prefill)} % of the peak of arithmetic in prefill and ${percent(share.decode)} % of the bandwidth of memory in decode.`,
      `文本长 ${sizes.prompt} 个词元时，${name} 预填充达到算力峰值的 ${percent(share.prefill)} %，解码达到内存带宽的 ${percent(share.decode)} %。`,
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
