// How fast a backend is at one size of text. Ratios of backends are of equal sizes, so all of them are measured at the
// small one, which the slowest can afford, and the fast ones at a large one too, for the shares of the machine's limits.

import { DTYPES } from '../../../base/model/dtypes.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Limits } from '../../../kernels/limits.ts';
import { kvBytesRead, type Work } from '../../../program/work.ts';
import { timedAnswer } from '../../answer.ts';
import { attentionOpsAt } from '../../attention-layers.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { median } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import type { Candidate } from './backend-tokens.ts';

export interface Sizes {
  readonly prompt: number;
  readonly generate: number;
}

interface Choice {
  readonly full: Sizes;
  readonly quick: Sizes;
}

const LEAST: Sizes = { prompt: 4, generate: 3 };
export const SMALL: Choice = { full: { prompt: 32, generate: 8 }, quick: { prompt: 8, generate: 3 } };
export const LARGE: Choice = { full: { prompt: 256, generate: 32 }, quick: { prompt: 32, generate: 4 } };

/** What is measured of a backend, tokens a second. */
export interface Speed {
  readonly prefill: number;
  readonly decode: number;
}

export interface Measured {
  readonly candidate: Candidate;
  readonly sizes: Sizes;
  readonly speed: Speed;
  /** shares of the machine's limits; undefined where these are not known */
  readonly share: Speed | undefined;
  readonly weightBytes: number;
}

export const WHATS = ['prefill', 'decode'] as const;
export const WORDS: Readonly<Record<keyof Speed, Text>> = {
  prefill: text('prefill', '预填充'),
  decode: text('decode', '解码'),
};

/** Sizes that the slowest of `candidates` can afford: a large model on a slow backend is given shorter texts. */
export async function sizesFor(
  bench: LabBench,
  candidates: readonly Candidate[],
  { full, quick }: Choice,
): Promise<Sizes> {
  const most = bench.size(full, quick);
  let share = 1;
  for (const { choice } of candidates) {
    const engine = await bench.engine({ maxRunning: 1, context: LEAST.prompt + LEAST.generate + 1 }, choice);
    share = Math.min(share, bench.size(4000, 400) / (await expectedMs(engine, most)));
    await engine.dispose();
  }
  const part = (whole: number, least: number): number => Math.max(least, Math.floor(whole * share));
  return { prompt: part(most.prompt, LEAST.prompt), generate: part(most.generate, LEAST.generate) };
}

async function expectedMs(engine: Engine, { prompt, generate }: Sizes): Promise<number> {
  const tokens = await passageTokens(engine, LEAST.prompt);
  await timedAnswer(engine, tokens, LEAST.generate); // makes what is made lazily
  const { ttftMs, msPerToken } = await timedAnswer(engine, tokens, LEAST.generate);
  return (ttftMs / LEAST.prompt) * prompt + msPerToken * generate;
}

export async function measureSpeed(
  bench: LabBench,
  findings: Findings,
  { candidate, sizes, limits }: { candidate: Candidate; sizes: Sizes; limits: Limits | undefined },
): Promise<Measured> {
  const { name, choice } = candidate;
  const { prompt, generate } = sizes;
  const { program } = await bench.load(choice);
  const engine = await bench.engine({ maxRunning: 1, context: prompt + generate + 1 }, choice);
  const tokens = await passageTokens(engine, prompt);
  await timedAnswer(engine, tokens, generate); // does not count: it finds how many tokens a step may have
  const taken: Speed[] = [];
  for (let repetition = 0; repetition < bench.repetitions; repetition++) {
    bench.check();
    const { ttftMs, msPerToken } = await timedAnswer(engine, tokens, generate);
    const speed = { prefill: (1000 * prompt) / ttftMs, decode: 1000 / msPerToken };
    taken.push(speed);
    for (const what of WHATS)
      findings.sample(
        {
          name: `${what}, ${name}, text of ${prompt}`,
          title: text(
            `${name}: ${WORDS[what].en}, text of ${prompt}`,
            `${name}：${WORDS[what].zh}，文本长 ${prompt}`,
          ),
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
  return { candidate, sizes, speed, share, weightBytes: engine.info.work.weightBytes };
}

// A decoded token reads all weights and the keys and values before it; a token of a prompt is mostly arithmetic.
function sharesOf(
  { prefill, decode }: Speed,
  work: Work,
  { sizes, attention, limits }: { sizes: Sizes; attention: number; limits: Limits },
): Speed {
  const { weightBytes, opsPerToken, opsPerRow, mainDtype } = work;
  const bytes = weightBytes + kvBytesRead(work, sizes.prompt + sizes.generate / 2);
  const ops = opsPerToken + attention + opsPerRow / sizes.prompt;
  const peak = DTYPES[mainDtype].quantized
    ? limits.int8OpsPerSecond
    : mainDtype === 'BF16'
      ? limits.bf16FlopsPerSecond
      : limits.f32FlopsPerSecond;
  return { prefill: (prefill * ops) / peak, decode: (decode * bytes) / limits.bandwidthBytesPerSecond };
}
