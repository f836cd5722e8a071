// The measurement of the experiment `sharing`.

import { availableMemory } from '../../../engine/node/available-memory.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { measureConversations } from './conversations.ts';
import { SHARING_KINDS, type SharingData, type SharingKind, type SharingPoint } from './data.ts';
import {
  generateForkedAnswers,
  generateSeparateAnswers,
  haveSameTokens,
  type ManyAnswers,
  storedRun,
} from './many-answers.ts';
import { type SequenceMemory, sequenceMemoryFor } from './sequence-memory.ts';

const ANSWER_TOKENS = 16;
const MEMORY_SHARE = 1 / 4; // of the free memory

interface Prefix extends SequenceMemory {
  readonly prefixTokens: number;
}

/** Returns the shared prefix. Its last block is partly filled, so each fork copies that block. */
export async function sharedPrefix(bench: LabBench): Promise<Prefix> {
  const prefixTokens = bench.fullOrQuick(2005, 205);
  return { ...(await sequenceMemoryFor(bench, prefixTokens + ANSWER_TOKENS)), prefixTokens };
}

export async function measureSharing(bench: LabBench, record: RecordData<SharingData>): Promise<SharingData> {
  const prefix = await sharedPrefix(bench);
  const data: SharingData = {
    ...{ modelName: prefix.modelName, prefixTokens: prefix.prefixTokens, answerTokens: ANSWER_TOKENS },
    points: [],
  };
  record(data);
  const counts = bench.fullOrQuick([1, 8, 32], [1, 4]);
  for (const [i, count] of counts.entries()) {
    bench.progress(i, counts.length + 1);
    data.points.push(await measurePoint(bench, prefix, count));
  }
  bench.progress(counts.length, counts.length + 1);
  data.conversations = await measureConversations(bench, ANSWER_TOKENS);
  return data;
}

async function measurePoint(bench: LabBench, prefix: Prefix, count: number): Promise<SharingPoint> {
  const fits = (count + 1) * prefix.contextBytes <= availableMemory() * MEMORY_SHARE;
  const answers: Record<SharingKind, ManyAnswers[]> = { forked: [], copied: [], separate: [] };
  // Sequences that share nothing take long: large counts run without warm-up and with fewer repetitions.
  const repetitions = Math.min(bench.repetitions, bench.fullOrQuick(count > 8 ? 2 : 3, 1));
  const warmUps = count > 8 ? 0 : 1;
  for (let round = 1 - warmUps; round <= repetitions; round++)
    for (const kind of round % 2 === 0 ? SHARING_KINDS : SHARING_KINDS.toReversed()) {
      if (kind !== 'forked' && !fits) continue;
      bench.throwIfAborted();
      const run = await answersOf(bench, prefix, kind, { count, fits });
      if (round > 0) answers[kind].push(run);
    }
  const [forked, copied, separate] = SHARING_KINDS.map((kind) => answers[kind][0]);
  return {
    count,
    runs: {
      forked: answers.forked.map(storedRun),
      copied: answers.copied.map(storedRun),
      separate: answers.separate.map(storedRun),
    },
    equal: {
      ...(copied && { copied: haveSameTokens(forked!, copied) }),
      ...(separate && { separate: haveSameTokens(forked!, separate, 1) }),
    },
  };
}

async function answersOf(
  bench: LabBench,
  { choice, contextLength, contextBytes, prefixTokens }: Prefix,
  kind: SharingKind,
  { count, fits }: { count: number; fits: boolean },
): Promise<ManyAnswers> {
  const sequences = kind === 'forked' && !fits ? 2 : count + 1;
  const options = {
    cache: kind === 'copied' ? 'contiguous' : 'paged',
    context: contextLength,
    kvMemory: sequences * contextBytes,
    maxRunning: count,
  } as const;
  await using engine = await bench.engine(options, choice);
  const prefix = await passageTokens(engine, prefixTokens);
  return await (kind === 'separate' ? generateSeparateAnswers : generateForkedAnswers)(
    engine,
    prefix,
    count,
    ANSWER_TOKENS,
  );
}
