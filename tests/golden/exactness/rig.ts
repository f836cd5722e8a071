// Runs a cell of the exactness matrix through the real scheduler, cache, sampler and backend. Compares the logits of each
// chosen token with those of the whole text computed in one step without a cache, and the token with the choice of a new
// sampler.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KvLayout } from '../../../src/base/model/kv-layout.ts';
import type { ModelFile } from '../../../src/base/model/model-file.ts';
import type { StepPlan } from '../../../src/base/step/step-plan.ts';
import type { SamplingOptions } from '../../../src/completion/sampling-options.ts';
import { FolderBlockFiles } from '../../../src/engine/node/block-files.ts';
import { DiskBlockCache } from '../../../src/engine/node/disk-block-cache.ts';
import { DiskOffloadStore } from '../../../src/engine/node/disk-offload-store.ts';
import type { Backend, Executable } from '../../../src/kernels/backend.ts';
import { reference } from '../../../src/kernels/reference/node/reference-backend.ts';
import { select } from '../../../src/kernels/reference/select.ts';
import { createCache } from '../../../src/kv/create-cache.ts';
import type { KvCache } from '../../../src/kv/kv-cache.ts';
import { PagedCache } from '../../../src/kv/paged-cache.ts';
import { openModelFile } from '../../../src/models/node/open-model-file.ts';
import { buildProgram } from '../../../src/models/registry.ts';
import { fuse } from '../../../src/program/fuse.ts';
import { lower } from '../../../src/program/lower.ts';
import { emitTape } from '../../../src/program/tape.ts';
import { type SamplingParameters, samplingParameters } from '../../../src/sampler/parameters.ts';
import { SelectionRows, selectionRow } from '../../../src/sampler/selection-row.ts';
import { Scheduler } from '../../../src/scheduler/scheduler.ts';
import { Sequence } from '../../../src/scheduler/sequence.ts';
import { checkInvariants } from '../../support/kv/cache-invariants.ts';
import { planOf } from '../../support/models/step-plans.ts';
import { randomInteger, randomNumbers } from '../../support/random.ts';
import type { Cell } from './cells.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const CONTEXT = 128;
const BLOCK_SIZE = 16;
const BLOCKS_EACH = CONTEXT / BLOCK_SIZE;
const MOST_SEQUENCES = 8;
const BLOCKS = BLOCKS_EACH * (MOST_SEQUENCES + 2);
const DRAFTS = 3;
const PROMPT = 72; // more than the largest chunk but one
const ANSWER = 18;
const FOUND = 50; // ends within a block: 48 of them are in full blocks, which a disk stores
// The only tokens that are chosen, so that the text repeats and drafts are found.
const FEW_TOKENS = [3, 7, 11, 20, 33];

const SAMPLING = {
  greedy: { temperature: 0 },
  drawn: { temperature: 0.7 },
  penalties: { temperature: 0.7, repetitionPenalty: 1.3, presencePenalty: 0.5, frequencyPenalty: -0.25 },
} as const satisfies Record<Cell['sampling'], SamplingOptions>;

export interface CellOutcome {
  /** rows of logits that were compared */
  readonly rows: number;
  /** "sequence 3, position 75": where a bit differs */
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
  /** logits by sequence and position */
  readonly seen: Map<number, Map<number, Float32Array>>;
}

export class ExactnessRig {
  readonly #file: ModelFile;
  readonly #executable: Executable;
  readonly #layout: KvLayout;
  readonly #whole = new Map<string, Float32Array>(); // logits of whole texts

  private constructor(file: ModelFile, executable: Executable, layout: KvLayout) {
    this.#file = file;
    this.#executable = executable;
    this.#layout = layout;
  }

  /** @param model a fixture's name, or a path */
  static async open(model: string, backend: Backend = reference()): Promise<ExactnessRig> {
    const file = await openModelFile(resolve(FIXTURES, model));
    const program = fuse(lower(buildProgram(file.config, file.tensors), backend.target));
    const sizes = { tokens: CONTEXT * MOST_SEQUENCES, rows: CONTEXT };
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
    return new ExactnessRig(file, await backend.createExecutable(request), layout);
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
    let runner = await this.#runner(cell, folder);
    const prompt = repeatingPrompt(this.#file.config.vocabSize);
    if (cell.prefix !== 'computed') {
      const before = [...prompt.slice(0, FOUND), 1, 2, 3];
      await this.#serve(runner, [new Sequence(1000, { prompt: before, capacity: before.length + 2 })], 'all');
      runner.seen.clear();
    }
    if (folder !== undefined) {
      await closeStore(runner);
      await this.#overwriteMemory();
      runner = await this.#runner(cell, folder);
    }
    const target = new Sequence(0, { prompt, capacity: PROMPT + ANSWER });
    const others = companyOf(cell, target, this.#file.config.vocabSize);
    await this.#serve(runner, [target, ...others], cell.chunk, cell.company, cell.preempted);
    const differing: string[] = [];
    let rows = 0;
    for (const sequence of [target, ...others]) {
      for (const [position, logits] of runner.seen.get(sequence.id)!) {
        rows++;
        const expected = await this.#logitsAfter(sequence.tokens.subarray(0, position + 1));
        const location = `sequence ${sequence.id}, position ${position}`;
        if (!sameBits(logits, expected)) differing.push(location);
        const token = tokenAfter(sequence, position, expected, runner.parameters);
        if (token !== sequence.tokens[position + 1]) differing.push(`${location}: another token`);
      }
    }
    await closeStore(runner);
    const { preemptions, cachedTokens } = target;
    const { diskTokens } = target.report!;
    const all = [target, ...others];
    const draftedTokens = all.reduce((sum, one) => sum + one.draftedTokens, 0);
    const acceptedTokens = all.reduce((sum, one) => sum + one.acceptedTokens, 0);
    return { rows, differing, preemptions, draftedTokens, acceptedTokens, cachedTokens, diskTokens };
  }

  async #runner({ policy, drafts, sampling }: Cell, folder: string | undefined): Promise<Runner> {
    const store = folder === undefined ? undefined : await openStore(folder);
    const shape = {
      groups: this.#layout.groups.map(({ keeps }, group) => ({
        retention: keeps,
        blocks: BLOCKS,
        store: store && this.#tier(store, group),
      })),
      blockSize: BLOCK_SIZE,
      contextLength: CONTEXT,
      maxRunning: MOST_SEQUENCES,
    };
    const cache = createCache(policy, shape);
    const limits = { maxRunning: MOST_SEQUENCES, maxRows: MOST_SEQUENCES * (1 + DRAFTS) };
    const scheduler = new Scheduler(cache, { ...limits, draftTokens: drafts });
    const logitBias = FEW_TOKENS.map((token) => [token, 100] as const);
    const parameters = samplingParameters({ ...SAMPLING[sampling], seed: 7, logitBias });
    return { scheduler, cache, store, parameters, seen: new Map() };
  }

  #tier(store: DiskBlockCache, group: number): DiskOffloadStore {
    const fingerprint = 'e'.repeat(64);
    return new DiskOffloadStore({
      store,
      fingerprint,
      executable: this.#executable,
      group,
      capacity: BLOCKS,
    });
  }

  // Overwrites the KV memory, so that blocks must be loaded from disk.
  async #overwriteMemory(): Promise<void> {
    for (let group = 0; group < this.#layout.groups.length; group++) {
      const junk = (await this.#executable.readBlock(group, 0)).slice().fill(0x3b);
      for (let block = 0; block < BLOCKS; block++) await this.#executable.writeBlock(group, block, junk);
    }
  }

  // Runs until all sequences have their answers. The first one is preempted once during its prompt and once during its answer.
  async #serve(
    { scheduler, cache, parameters, seen }: Runner,
    sequences: readonly Sequence[],
    chunk: Cell['chunk'],
    company: Cell['company'] = 'alone',
    preempted: Cell['preempted'] = 0,
  ): Promise<void> {
    const target = sequences[0]!;
    for (const sequence of sequences) {
      if (company === 'forks' && sequence !== target) scheduler.fork(target, sequence);
      else scheduler.submit(sequence);
    }
    const budget = chunk === 'all' ? CONTEXT * MOST_SEQUENCES : chunk + sequences.length - 1;
    const selections = new Map<number, SelectionRows>();
    for (let steps = 0; scheduler.hasWork; steps++) {
      if (steps > 10_000) throw new Error('the sequences make no progress');
      const early = target.computedTokens > 0 && target.preemptions === 0;
      const late = target.length > PROMPT + ANSWER / 2 && target.preemptions === 1;
      if (preempted > 0 && (early || late)) scheduler.preempt(target);
      // Drafts use the rest of the budget. It is larger once no prompt remains that must be computed in chunks.
      const left = sequences.reduce(
        (sum, { kv, uncomputed }) => sum + (kv === undefined ? 0 : uncomputed),
        0,
      );
      const spare = left <= budget ? DRAFTS * MOST_SEQUENCES : 0;
      const step = scheduler.plan(Math.max(budget + spare, scheduler.runningCount));
      if (step === undefined) {
        await scheduler.nextTransfer!; // a block that is loaded from disk
        continue;
      }
      const selection = step.rows.map(({ sequence, tokens, drafts }) => {
        const rows = selections.get(sequence.id) ?? new SelectionRows(parameters, { choice: sequence.id });
        selections.set(sequence.id, rows);
        return rows.after({ tokens, promptLength: sequence.promptLength }, drafts);
      });
      const plan: StepPlan = { ...step.plan, selection, wantLogits: true };
      const result = await this.#executable.step(plan);
      const full: Sequence[] = [];
      scheduler.accept(step, result, (sequence, row) => {
        const position = plan.positions[plan.logitsRows[row]!]!;
        const logits = rowOf(result.logits!, row, this.#file.config.vocabSize);
        const rows = seen.get(sequence.id) ?? new Map<number, Float32Array>();
        seen.set(sequence.id, rows.set(position, logits));
        if (sequence.length === sequence.capacity) full.push(sequence);
        return sequence.length === sequence.capacity;
      });
      for (const sequence of full) scheduler.finish(sequence);
      if (cache instanceof PagedCache) checkInvariants(cache);
    }
  }

  // Returns the last logits of a text computed in one step with blocks of no other sequence.
  async #logitsAfter(tokens: Int32Array): Promise<Float32Array> {
    const key = tokens.join();
    let logits = this.#whole.get(key);
    if (logits === undefined) {
      const blocks = Array.from({ length: Math.ceil(tokens.length / BLOCK_SIZE) }, (_, i) => i);
      const plan = planOf([{ tokens: [...tokens], from: 0, blocks }], [], this.#layout.groups.length);
      const result = await this.#executable.step(plan);
      const { vocabSize } = this.#file.config;
      for (let position = 0; position < tokens.length; position++) {
        const row = rowOf(result.logits!, position, vocabSize);
        this.#whole.set(tokens.subarray(0, position + 1).join(), row);
      }
      logits = this.#whole.get(key)!;
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

// Waits until all computed blocks are stored.
async function closeStore({ cache, store }: Runner): Promise<void> {
  await cache.offload?.flush();
  await store?.settle();
  store?.close();
}

// Parts occur twice, so that drafts are found.
function repeatingPrompt(vocabSize: number): number[] {
  const random = randomNumbers(3);
  const part = Array.from({ length: PROMPT / 4 }, () => randomInteger(random, vocabSize));
  return [...part, ...part.toReversed(), ...part, ...part.toReversed()].slice(0, PROMPT);
}

function companyOf({ company }: Cell, target: Sequence, vocabSize: number): Sequence[] {
  if (company === 'alone') return [];
  const random = randomNumbers(5);
  return Array.from({ length: MOST_SEQUENCES - 1 }, (_, i) => {
    if (company === 'forks') {
      return new Sequence(i + 1, { prompt: target.tokens.slice(), capacity: target.capacity });
    }
    const prompt = Array.from({ length: 3 + 8 * i }, () => randomInteger(random, vocabSize));
    return new Sequence(i + 1, { prompt, capacity: prompt.length + 5 + 3 * i });
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
  const left = new Int32Array(a.buffer, a.byteOffset, a.length);
  const right = new Int32Array(b.buffer, b.byteOffset, b.length);
  return left.every((bits, i) => bits === right[i]);
}
