// Replays a trace with the real scheduler and cache. The executable computes nothing and only advances a simulated clock.

import {
  SimulatedExecutable,
  SMALL_MODEL_COSTS,
  type StepCosts,
} from '../../src/kernels/simulated/simulated-executable.ts';
import type { CachePolicy } from '../../src/kv/cache-policy.ts';
import { createCache } from '../../src/kv/create-cache.ts';
import type { KvUsage } from '../../src/kv/kv-cache.ts';
import type { ScheduledStep } from '../../src/scheduler/build-step-plan.ts';
import { type RankFunction, rankByArrival } from '../../src/scheduler/policies.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { Sequence } from '../../src/scheduler/sequence.ts';
import { GREEDY } from '../../tests/support/models/step-plans.ts';
import { EventQueue } from './event-queue.ts';
import { type Conversation, MAX_CONVERSATION_TOKENS, SYSTEM_PROMPT_LENGTHS, tokenAt } from './trace.ts';

export interface SimulationOptions {
  readonly policy?: CachePolicy;
  readonly poolTokens: number;
  readonly blockSize?: number;
  readonly maxRunning?: number;
  readonly tokenBudget?: number;
  readonly rank?: RankFunction;
  readonly costs?: StepCosts;
  /** called after each step with the memory usage and the number of running sequences */
  readonly onUsage?: (usage: KvUsage, running: number) => void;
}

export interface ServedRequest {
  readonly conversation: number;
  readonly turn: number;
  readonly priority: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly computedTokens: number;
  readonly generatedTokens: number;
  readonly preemptions: number;
  /** times in milliseconds of the simulated clock */
  readonly arrivedAt: number;
  readonly startedAt: number;
  readonly firstTokenAt: number;
  readonly endedAt: number;
}

export interface Simulation {
  readonly requests: readonly ServedRequest[];
  /** total time in milliseconds of the simulated clock */
  readonly machineMs: number;
}

interface Job {
  readonly conversation: Conversation;
  readonly turn: number;
  readonly sequence: Sequence;
  startedAt: number;
  firstTokenAt: number;
}

export async function simulate(
  trace: readonly Conversation[],
  options: SimulationOptions,
): Promise<Simulation> {
  const { policy = 'paged', poolTokens, blockSize = 16, maxRunning = 64, tokenBudget = 256 } = options;
  const blocks = Math.max(Math.floor(poolTokens / blockSize), Math.ceil(MAX_CONVERSATION_TOKENS / blockSize));
  const cache = createCache(policy, {
    groups: [{ retention: 'all', blocks }],
    blockSize,
    contextLength: MAX_CONVERSATION_TOKENS,
    maxRunning,
  });
  const limits = { maxRunning, maxRows: maxRunning, rank: options.rank ?? rankByArrival };
  const scheduler = new Scheduler(cache, limits);
  const jobs = new Map<Sequence, Job>();
  const requests: ServedRequest[] = [];
  const arrivals = new EventQueue<{ conversation: Conversation; turn: number }>();
  for (const conversation of trace) arrivals.add(conversation.arrivesAt, { conversation, turn: 0 });

  let current: ScheduledStep;
  const executable = new SimulatedExecutable(options.costs ?? SMALL_MODEL_COSTS, (row) => {
    const { sequence, tokens } = current.rows[row]!;
    return tokenAt(jobs.get(sequence)!.conversation, tokens.length);
  });
  for (;;) {
    for (let arrival = arrivals.popDue(executable.now); arrival; arrival = arrivals.popDue(executable.now)) {
      const { time, event } = arrival;
      const sequence = sequenceOf(requests.length + jobs.size, event.conversation, event.turn, time);
      jobs.set(sequence, { ...event, sequence, startedAt: -1, firstTokenAt: -1 });
      scheduler.submit(sequence);
    }
    const step = scheduler.plan(tokenBudget);
    if (step === undefined) {
      const next = arrivals.nextTime;
      if (next === undefined) break;
      executable.now = next;
      continue;
    }
    current = step;
    for (const { sequence } of step.work) {
      const job = jobs.get(sequence)!;
      if (job.startedAt < 0) job.startedAt = executable.now;
    }
    const result = await executable.step({
      ...step.plan,
      selection: step.rows.map(() => GREEDY),
      wantLogits: false,
    });
    const endedSequences: Sequence[] = [];
    scheduler.accept(step, result, (sequence) => {
      const job = jobs.get(sequence)!;
      if (job.firstTokenAt < 0) job.firstTokenAt = executable.now;
      if (sequence.length === sequence.capacity) endedSequences.push(sequence);
      return sequence.length === sequence.capacity;
    });
    for (const sequence of endedSequences) {
      scheduler.finish(sequence);
      const job = jobs.get(sequence)!;
      jobs.delete(sequence);
      requests.push(servedRequestOf(job, executable.now));
      const next = job.conversation.turns[job.turn + 1];
      if (next === undefined) continue;
      arrivals.add(executable.now + next.thinkMs, { conversation: job.conversation, turn: job.turn + 1 });
    }
    options.onUsage?.(cache.usage()[0]!, scheduler.runningCount);
  }
  return { requests, machineMs: executable.now };
}

function sequenceOf(id: number, conversation: Conversation, turn: number, arrivedAt: number): Sequence {
  let length = SYSTEM_PROMPT_LENGTHS[conversation.system]!;
  for (let i = 0; i < turn; i++)
    length += conversation.turns[i]!.userTokens + conversation.turns[i]!.answerTokens;
  const { userTokens, answerTokens } = conversation.turns[turn]!;
  const prompt = new Int32Array(length + userTokens);
  for (let i = 0; i < prompt.length; i++) prompt[i] = tokenAt(conversation, i);
  const { priority } = conversation;
  return new Sequence(id, { prompt, capacity: prompt.length + answerTokens, arrivedAt, priority });
}

function servedRequestOf(
  { conversation, turn, sequence, startedAt, firstTokenAt }: Job,
  endedAt: number,
): ServedRequest {
  return {
    conversation: conversation.id,
    turn,
    priority: conversation.priority,
    promptTokens: sequence.promptLength,
    cachedTokens: sequence.cachedTokens,
    computedTokens: sequence.computedTokens,
    generatedTokens: sequence.length - sequence.promptLength,
    preemptions: sequence.preemptions,
    arrivedAt: sequence.arrivedAt,
    startedAt,
    firstTokenAt,
    endedAt,
  };
}
