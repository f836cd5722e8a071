// Computes the logits of a fixture at every position, with any cache policy and chunk size. Builds the step plans without the
// scheduler, which would return only the logits that the sampler needs. The default backend is the reference backend with
// float activations.

import type { DtypeName } from '../../src/base/model/dtypes.ts';
import type { ModelFile } from '../../src/base/model/model-file.ts';
import type { StepPlan } from '../../src/base/step/step-plan.ts';
import type { Backend, Executable, LoadedWeights } from '../../src/kernels/backend.ts';
import { reference } from '../../src/kernels/reference/node/reference-backend.ts';
import { BlockCopies } from '../../src/kv/block-copies.ts';
import type { CachePolicy } from '../../src/kv/cache-policy.ts';
import { createCache } from '../../src/kv/create-cache.ts';
import type { KvCache, KvSequence } from '../../src/kv/kv-cache.ts';
import { openModelFile } from '../../src/models/node/open-model-file.ts';
import { buildProgram } from '../../src/models/registry.ts';
import { fuse } from '../../src/program/fuse.ts';
import { lower } from '../../src/program/lower.ts';
import { emitTape } from '../../src/program/tape.ts';
import { GREEDY } from '../support/models/step-plans.ts';

export interface RunOptions {
  readonly policy: CachePolicy;
  /** number of tokens computed in one step */
  readonly chunk: number;
  /** number of tokens in a block */
  readonly blockSize?: number;
}

export class GoldenModel {
  readonly #file: ModelFile;
  readonly #contextLength: number;
  readonly #backend: Backend;
  readonly #executables = new Map<number, Promise<Executable>>();
  readonly #weights: LoadedWeights[] = [];

  constructor(file: ModelFile, contextLength: number, backend: Backend) {
    this.#file = file;
    this.#contextLength = contextLength;
    this.#backend = backend;
  }

  /** @param contextLength by default that of the model */
  static async open(
    path: string,
    contextLength?: number,
    backend: Backend = reference({ activations: 'float' }),
  ): Promise<GoldenModel> {
    const file = await openModelFile(path);
    return new GoldenModel(file, contextLength ?? file.config.contextLength, backend);
  }

  hasWeightsOf(dtype: DtypeName): boolean {
    return [...this.#file.tensors.values()].some((tensor) => tensor.dtype === dtype);
  }

  /** Returns the logits of every position of `tokens`, computed as one prompt. [positions][vocabSize] */
  async prefill(tokens: Int32Array, options: RunOptions): Promise<Float32Array[]> {
    const runner = await this.#createRunner(options);
    const sequence = runner.open(tokens);
    const rows = await runner.compute(sequence, tokens);
    runner.close(sequence, tokens);
    return rows;
  }

  /** Returns the logits of each token after the first `promptLength`, computed one token at a time. */
  async decode(tokens: Int32Array, promptLength: number, options: RunOptions): Promise<Float32Array[]> {
    const runner = await this.#createRunner(options);
    const sequence = runner.open(tokens.subarray(0, promptLength));
    const rows: Float32Array[] = [];
    for (let length = promptLength; length <= tokens.length; length++) {
      rows.push((await runner.compute(sequence, tokens.subarray(0, length))).at(-1)!);
      if (!runner.cache.retainsTokens) runner.cache.truncate(sequence, 0);
    }
    runner.close(sequence, tokens);
    return rows;
  }

  async close(): Promise<void> {
    for (const executable of this.#executables.values()) await (await executable).dispose();
    for (const weights of this.#weights) weights.dispose();
    await this.#file.close();
  }

  async #createRunner({ policy, chunk, blockSize = 16 }: RunOptions): Promise<SequenceRunner> {
    const { vocabSize } = this.#file.config;
    const contextLength = this.#contextLength;
    const blocks = Math.ceil(contextLength / blockSize);
    const executable = this.#executables.get(blockSize) ?? this.#load(blockSize, blocks);
    this.#executables.set(blockSize, executable);
    const { kvGroups } = buildProgram(this.#file.config, this.#file.tensors);
    const groups = kvGroups.map(({ keeps }) => ({ retention: keeps, blocks }));
    const cache = createCache(policy, { groups, blockSize, contextLength, maxRunning: 1 });
    return new SequenceRunner(await executable, cache, chunk, vocabSize);
  }

  async #load(blockSize: number, blocks: number): Promise<Executable> {
    const { config, tensors } = this.#file;
    const backend = this.#backend;
    const program = fuse(lower(buildProgram(config, tensors), backend.target));
    const contextLength = this.#contextLength;
    const tape = emitTape(program, { tokens: contextLength, rows: contextLength }, contextLength);
    const weights = await backend.loadWeights(program.weights, {
      byteLength: (name) => tensors.get(name)!.byteLength,
      readInto: (name, target) => this.#file.readInto(name, target),
    });
    this.#weights.push(weights);
    const layout = { groups: program.kvGroups, dtype: 'f32' as const, blockSize };
    return backend.createExecutable({
      tape,
      weights,
      layout,
      blocks: layout.groups.map(() => blocks),
      contextLength,
    });
  }
}

class SequenceRunner {
  readonly cache: KvCache;
  readonly #executable: Executable;
  readonly #chunk: number;
  readonly #vocabSize: number;
  readonly #copies: BlockCopies;

  constructor(executable: Executable, cache: KvCache, chunk: number, vocabSize: number) {
    this.#executable = executable;
    this.cache = cache;
    this.#copies = new BlockCopies(cache.groups);
    this.#chunk = chunk;
    this.#vocabSize = vocabSize;
  }

  open(prompt: Int32Array): KvSequence {
    const sequence = this.cache.createSequence(this.cache.match(prompt, ''), this.#copies);
    if (sequence === undefined) throw new Error('no blocks for a sequence of the context length');
    return sequence;
  }

  close(sequence: KvSequence, tokens: Int32Array): void {
    this.cache.release(sequence, tokens);
  }

  /** Computes the tokens that are not computed yet, in steps of at most one chunk, and returns their logits. */
  async compute(sequence: KvSequence, tokens: Int32Array): Promise<Float32Array[]> {
    const rows: Float32Array[] = [];
    while (sequence.computed < tokens.length) {
      const length = Math.min(tokens.length, sequence.computed + this.#chunk);
      if (!this.cache.reserve(sequence, length, this.#copies)) throw new Error('no blocks for the sequence');
      const { logits } = await this.#executable.step(this.#plan(sequence, tokens, length));
      for (let row = 0; row < length - sequence.computed; row++) {
        rows.push(logits!.slice(row * this.#vocabSize, (row + 1) * this.#vocabSize));
      }
      this.cache.commit(sequence, tokens, length);
    }
    return rows;
  }

  #plan({ tables, computed }: KvSequence, tokens: Int32Array, length: number): StepPlan {
    const count = length - computed;
    return {
      tokens: tokens.slice(computed, length),
      positions: Int32Array.from({ length: count }, (_, i) => computed + i),
      queryStart: Int32Array.of(0, count),
      contextLength: Int32Array.of(length),
      adapter: Int32Array.of(-1),
      maxBlocks: tables[0]!.end,
      blockTable: tables.map(({ blocks, first, end }) => blocks.slice(0, end).fill(0, 0, first)),
      copies: this.#copies.drain(),
      logitsRows: Int32Array.from({ length: count }, (_, i) => i),
      selection: Array.from({ length: count }, () => GREEDY),
      wantLogits: true,
    };
  }
}
