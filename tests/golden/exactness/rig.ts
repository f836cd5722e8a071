// Runs a cell of the exactness matrix with the real scheduler, cache, sampler and backend. Compares the logits of each
// selected token with those of the same text computed in one step without a cache, and the token with the selection of a new
// sampler.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KvLayout } from '../../../src/base/model/kv-layout.ts';
import type { ModelFile } from '../../../src/base/model/model-file.ts';
import type { StepPlan } from '../../../src/base/step/step-plan.ts';
import type { SamplingOptions } from '../../../src/completion/sampling-options.ts';
import { Adapters } from '../../../src/engine/adapters.ts';
import { FolderBlockFiles } from '../../../src/engine/node/block-files.ts';
import { DiskBlockCache } from '../../../src/engine/node/disk-block-cache.ts';
import { DiskOffloadStore } from '../../../src/engine/node/disk-offload-store.ts';
import { NODE_PORTS } from '../../../src/engine/node/node-ports.ts';
import type { Backend, Executable } from '../../../src/kernels/backend.ts';
import { reference } from '../../../src/kernels/reference/node/reference-backend.ts';
import { select } from '../../../src/kernels/reference/select.ts';
import { createCache } from '../../../src/kv/create-cache.ts';
import type { KvCache } from '../../../src/kv/kv-cache.ts';
import { PagedCache } from '../../../src/kv/paged-cache.ts';
import { openModelFile } from '../../../src/models/node/open-model-file.ts';
import { buildProgram } from '../../../src/models/registry.ts';
import { fuse } from '../../../src/program/fuse.ts';
import { addLoraTargets } from '../../../src/program/lora.ts';
import { lower } from '../../../src/program/lower.ts';
import { emitTape } from '../../../src/program/tape.ts';
import { type SamplingParameters, samplingParameters } from '../../../src/sampler/parameters.ts';
import { SelectionRows, selectionRow } from '../../../src/sampler/selection-row.ts';
import { Scheduler } from '../../../src/scheduler/scheduler.ts';
import { Sequence, type SequenceOptions } from '../../../src/scheduler/sequence.ts';
import { checkInvariants } from '../../support/kv/cache-invariants.ts';
import { planOf } from '../../support/models/step-plans.ts';
import { randomInteger, randomNumbers } from '../../support/random.ts';
import type { Cell } from './cells.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const CONTEXT = 128;
const BLOCK_SIZE = 16;
const BLOCKS_PER_SEQUENCE = CONTEXT / BLOCK_SIZE;
const MAX_SEQUENCES = 8;
const BLOCKS = BLOCKS_PER_SEQUENCE * (MAX_SEQUENCES + 2);
const MAX_DRAFT_TOKENS = 3;
const PROMPT_TOKENS = 72; // more than the chunk of 64 tokens
const ANSWER_TOKENS = 18;
const CACHED_TOKENS = 50; // the last 2 are in a partial block; only the 48 tokens in full blocks are stored on disk
// The only tokens that may be selected, so that the text repeats and draft tokens are found.
const ALLOWED_TOKENS = [3, 7, 11, 20, 33];

const SAMPLING = {
  greedy: { temperature: 0 },
  sampled: { temperature: 0.7 },
  penalties: { temperature: 0.7, repetitionPenalty: 1.3, presencePenalty: 0.5, frequencyPenalty: -0.25 },
} as const satisfies Record<Cell['sampling'], SamplingOptions>;

export interface CellOutcome {
  /** number of rows of logits that were compared */
  readonly rows: number;
  /** where a bit or the selected token differs, such as "sequence 3, position 75" */
  readonly differing: readonly string[];
  readonly preemptions: number;
  readonly draftedTokens: number;
  readonly acceptedTokens: number;
  readonly cachedTokens: number;
  readonly diskTokens: number;
}

interface Runner {
  readonly scheduler: Scheduler;
  readonly cache: KvCache;
  readonly store: DiskBlockCache | undefined;
  readonly parameters: SamplingParameters;
  /** logits of the steps, by sequence id and position */
  readonly logitsById: Map<number, Map<number, Float32Array>>;
}

export class ExactnessRig {
  readonly #file: ModelFile;
  readonly #executable: Executable;
  readonly #layout: KvLayout;
  readonly #adapter: Pick<SequenceOptions, 'adapter' | 'salt'>;
  readonly #expectedLogits = new Map<string, Float32Array>(); // last logits by text and adapter, computed in one step

  private constructor(file: ModelFile, executable: Executable, layout: KvLayout, adapter: boolean) {
    this.#file = file;
    this.#executable = executable;
    this.#layout = layout;
    this.#adapter = adapter ? { adapter: 0, salt: 'adapter' } : {};
  }

  /** @param name the name of a fixture, or a path; after a plus sign, the name of an adapter of the fixtures */
  static async open(name: string, backend: Backend = reference()): Promise<ExactnessRig> {
    const [model = '', adapterName] = name.split('+');
    const file = await openModelFile(resolve(FIXTURES, model));
    const program = addLoraTargets(fuse(lower(buildProgram(file.config, file.tensors), backend.target)));
    const sizes = { tokens: CONTEXT * MAX_SEQUENCES, rows: CONTEXT };
    const tape = emitTape(program, sizes, CONTEXT);
    const weights = await backend.loadWeights(program.weights, {
      byteLength: (name) => file.tensors.get(name)!.byteLength,
      readInto: (name, target) => file.readInto(name, target),
    });
    const layout = { groups: program.kvGroups, dtype: backend.kvDtype, blockSize: BLOCK_SIZE };
    const request = {
      tape,
      weights,
      layout,
      blocks: layout.groups.map(() => BLOCKS),
      contextLength: CONTEXT,
    };
    const executable = await backend.createExecutable(request);
    if (adapterName !== undefined) {
      const { config } = file;
      const adapters = new Adapters({ config, backend, weights, program, ports: NODE_PORTS }, executable);
      await adapters.load('tuned', join(FIXTURES, 'adapters', adapterName)); // in slot 0
    }
    return new ExactnessRig(file, executable, layout, adapterName !== undefined);
  }

  async close(): Promise<void> {
    await this.#executable.dispose();
    await this.#file.close();
  }

  async run(cell: Cell): Promise<CellOutcome> {
    if (cell.prefix !== 'restored') return this.#run(cell, undefined);
    const folder = await mkdtemp(join(tmpdir(), 'quire-exact-disk-'));
    try {
      return await this.#run(cell, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #run(cell: Cell, folder: string | undefined): Promise<CellOutcome> {
    let runner = await this.#createRunner(cell, folder);
    const prompt = repeatingPrompt(this.#file.config.vocabSize);
    if (cell.prefix !== 'computed') {
      const cachedPrompt = [...prompt.slice(0, CACHED_TOKENS), 1, 2, 3];
      await this.#serve(
        runner,
        [
          new Sequence(1000, {
            prompt: cachedPrompt,
            capacity: cachedPrompt.length + 2,
            ...this.#adapter,
          }),
        ],
        'all',
      );
      runner.logitsById.clear();
    }
    if (folder !== undefined) {
      await closeStore(runner);
      await this.#overwriteMemory();
      runner = await this.#createRunner(cell, folder);
    }
    const target = new Sequence(0, { prompt, capacity: PROMPT_TOKENS + ANSWER_TOKENS, ...this.#adapter });
    const others = concurrentSequences(cell, target, this.#file.config.vocabSize, this.#adapter);
    await this.#serve(runner, [target, ...others], cell.chunk, cell.concurrent, cell.preempted);
    const differing: string[] = [];
    let rows = 0;
    for (const sequence of [target, ...others]) {
      for (const [position, logits] of runner.logitsById.get(sequence.id)!) {
        rows++;
        const expected = await this.#logitsAfter(sequence.tokens.subarray(0, position + 1), sequence.adapter);
        const location = `sequence ${sequence.id}, position ${position}`;
        if (!sameBits(logits, expected)) differing.push(location);
        const token = tokenAfter(sequence, position, expected, runner.parameters);
        if (token !== sequence.tokens[position + 1])
          differing.push(`${location}: the selected token differs`);
      }
    }
    await closeStore(runner);
    const { preemptions, cachedTokens } = target;
    const { diskTokens } = target.report!;
    const sequences = [target, ...others];
    const draftedTokens = sequences.reduce((sum, sequence) => sum + sequence.draftedTokens, 0);
    const acceptedTokens = sequences.reduce((sum, sequence) => sum + sequence.acceptedTokens, 0);
    return { rows, differing, preemptions, draftedTokens, acceptedTokens, cachedTokens, diskTokens };
  }

  async #createRunner({ policy, drafts, sampling }: Cell, folder: string | undefined): Promise<Runner> {
    const store = folder === undefined ? undefined : await openStore(folder);
    const shape = {
      groups: this.#layout.groups.map(({ keeps }, group) => ({
        retention: keeps,
        blocks: BLOCKS,
        store: store && this.#offloadStore(store, group),
      })),
      blockSize: BLOCK_SIZE,
      contextLength: CONTEXT,
      maxRunning: MAX_SEQUENCES,
    };
    const cache = createCache(policy, shape);
    const limits = { maxRunning: MAX_SEQUENCES, maxRows: MAX_SEQUENCES * (1 + MAX_DRAFT_TOKENS) };
    const scheduler = new Scheduler(cache, { ...limits, draftTokens: drafts });
    const logitBias = ALLOWED_TOKENS.map((token) => [token, 100] as const);
    const parameters = samplingParameters({ ...SAMPLING[sampling], seed: 7, logitBias });
    return { scheduler, cache, store, parameters, logitsById: new Map() };
  }

  #offloadStore(store: DiskBlockCache, group: number): DiskOffloadStore {
    const fingerprint = 'e'.repeat(64);
    return new DiskOffloadStore({
      cache: store,
      fingerprint,
      executable: this.#executable,
      group,
      capacity: BLOCKS,
    });
  }

  // Overwrites the KV memory, so that the result is wrong unless the blocks are loaded from disk.
  async #overwriteMemory(): Promise<void> {
    for (let group = 0; group < this.#layout.groups.length; group++) {
      const junk = (await this.#executable.readBlock(group, 0)).slice().fill(0x3b);
      for (let block = 0; block < BLOCKS; block++) await this.#executable.writeBlock(group, block, junk);
    }
  }

  // Runs until all answers are complete. If `preempted` is not 0, preempts the first sequence once while its prompt is
  // computed and once while its answer is generated.
  async #serve(
    { scheduler, cache, parameters, logitsById }: Runner,
    sequences: readonly Sequence[],
    chunk: Cell['chunk'],
    concurrent: Cell['concurrent'] = 'none',
    preempted: Cell['preempted'] = 0,
  ): Promise<void> {
    const target = sequences[0]!;
    for (const sequence of sequences) {
      if (concurrent === 'forks' && sequence !== target) scheduler.fork(target, sequence);
      else scheduler.submit(sequence);
    }
    const budget = chunk === 'all' ? CONTEXT * MAX_SEQUENCES : chunk + sequences.length - 1;
    const selections = new Map<number, SelectionRows>();
    for (let steps = 0; scheduler.hasWork; steps++) {
      if (steps > 10_000) throw new Error('the sequences make no progress');
      const preemptPrompt = target.computedTokens > 0 && target.preemptions === 0;
      const preemptAnswer = target.length > PROMPT_TOKENS + ANSWER_TOKENS / 2 && target.preemptions === 1;
      if (preempted > 0 && (preemptPrompt || preemptAnswer)) scheduler.preempt(target);
      // Draft tokens use the budget that prompts leave. It is increased when no prompt has to be computed in chunks any more.
      const uncomputedTokens = sequences.reduce(
        (sum, { kv, uncomputed }) => sum + (kv === undefined ? 0 : uncomputed),
        0,
      );
      const draftBudget = uncomputedTokens <= budget ? MAX_DRAFT_TOKENS * MAX_SEQUENCES : 0;
      const step = scheduler.plan(Math.max(budget + draftBudget, scheduler.runningCount));
      if (step === undefined) {
        await scheduler.nextTransfer!; // a sequence waits for a block from disk
        continue;
      }
      const selection = step.rows.map(({ sequence, tokens, drafts }) => {
        const rows = selections.get(sequence.id) ?? new SelectionRows(parameters, { choice: sequence.id });
        selections.set(sequence.id, rows);
        return rows.rowAfter({ tokens, promptLength: sequence.promptLength }, drafts);
      });
      const plan: StepPlan = { ...step.plan, selection, wantLogits: true };
      const result = await this.#executable.step(plan);
      const complete: Sequence[] = [];
      scheduler.accept(step, result, (sequence, row) => {
        const position = plan.positions[plan.logitsRows[row]!]!;
        const logits = rowOf(result.logits!, row, this.#file.config.vocabSize);
        const rows = logitsById.get(sequence.id) ?? new Map<number, Float32Array>();
        logitsById.set(sequence.id, rows.set(position, logits));
        if (sequence.length === sequence.capacity) complete.push(sequence);
        return sequence.length === sequence.capacity;
      });
      for (const sequence of complete) scheduler.finish(sequence);
      if (cache instanceof PagedCache) checkInvariants(cache);
    }
  }

  // Returns the last logits of a text that is computed in one step, starting with the first block of the KV memory.
  async #logitsAfter(tokens: Int32Array, adapter: number): Promise<Float32Array> {
    const keyOf = (part: Int32Array): string => `${adapter}: ${part.join()}`;
    const key = keyOf(tokens);
    let logits = this.#expectedLogits.get(key);
    if (logits === undefined) {
      const blocks = Array.from({ length: Math.ceil(tokens.length / BLOCK_SIZE) }, (_, i) => i);
      const plan = planOf(
        [{ tokens: [...tokens], from: 0, blocks, adapter }],
        [],
        this.#layout.groups.length,
      );
      const result = await this.#executable.step(plan);
      const { vocabSize } = this.#file.config;
      for (let position = 0; position < tokens.length; position++) {
        const row = rowOf(result.logits!, position, vocabSize);
        this.#expectedLogits.set(keyOf(tokens.subarray(0, position + 1)), row);
      }
      logits = this.#expectedLogits.get(key)!;
    }
    return logits;
  }
}

async function openStore(folder: string): Promise<DiskBlockCache> {
  const onFailure = (error: unknown): void => {
    throw error;
  };
  const files = new FolderBlockFiles(folder);
  const store = new DiskBlockCache({ files, limitBytes: 2 ** 30, onFailure });
  await store.open();
  return store;
}

// Waits until all computed blocks are stored, and closes the store.
async function closeStore({ cache, store }: Runner): Promise<void> {
  await cache.offload?.flush();
  await store?.settle();
  store?.close();
}

// Returns a prompt in which parts occur twice, so that draft tokens are found.
function repeatingPrompt(vocabSize: number): number[] {
  const random = randomNumbers(3);
  const part = Array.from({ length: PROMPT_TOKENS / 4 }, () => randomInteger(random, vocabSize));
  return [...part, ...part.toReversed(), ...part, ...part.toReversed()].slice(0, PROMPT_TOKENS);
}

function concurrentSequences(
  { concurrent }: Cell,
  target: Sequence,
  vocabSize: number,
  adapter: Pick<SequenceOptions, 'adapter' | 'salt'>,
): Sequence[] {
  if (concurrent === 'none') return [];
  const random = randomNumbers(5);
  return Array.from({ length: MAX_SEQUENCES - 1 }, (_, i) => {
    if (concurrent === 'forks') {
      return new Sequence(i + 1, { prompt: target.tokens.slice(), capacity: target.capacity, ...adapter });
    }
    const prompt = Array.from({ length: 3 + 8 * i }, () => randomInteger(random, vocabSize));
    return new Sequence(i + 1, {
      prompt,
      capacity: prompt.length + 5 + 3 * i,
      ...(i % 2 === 0 ? {} : adapter),
    });
  });
}

function tokenAfter(
  { id, tokens, promptLength }: Sequence,
  position: number,
  logits: Float32Array,
  parameters: SamplingParameters,
): number | undefined {
  const text = { tokens: tokens.slice(0, position + 1), promptLength };
  const selection = select(logits, selectionRow(parameters, text, id));
  return selection.outcome === 'chosen' ? selection.token : undefined;
}

const rowOf = (logits: Float32Array, row: number, width: number): Float32Array =>
  logits.slice(row * width, (row + 1) * width);

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bitsOfA = new Int32Array(a.buffer, a.byteOffset, a.length);
  const bitsOfB = new Int32Array(b.buffer, b.byteOffset, b.length);
  return bitsOfA.every((bits, i) => bits === bitsOfB[i]);
}
