// Builds the program of a model family: each method adds one operation and returns its output value. Every tensor is checked
// against the tensor table of the file, so that a missing tensor or a wrong shape is reported before anything is loaded.

import { QuireError } from '../base/errors.ts';
import type { KvGroup } from '../base/model/kv-layout.ts';
import type { ActivationName, RopeConfig, TensorInfo } from '../base/model/model-file.ts';
import type { Attention, Operation } from './operations.ts';
import type { Program, Value, ValueId, Weight, WeightId } from './program.ts';

interface LinearOptions {
  /** rows of the tensor; as many as outputs by default */
  readonly rows?: number;
  /** first row of the slice; 0 by default */
  readonly rowOffset?: number;
}

export class ProgramBuilder {
  readonly #tensors: ReadonlyMap<string, TensorInfo>;
  readonly #values: Value[] = [];
  readonly #weights: Weight[] = [];
  readonly #operations: Operation[] = [];
  readonly #ropes: RopeConfig[] = [];
  readonly kvGroups: readonly KvGroup[];
  #scope = '';

  constructor(tensors: ReadonlyMap<string, TensorInfo>, kvGroups: readonly KvGroup[]) {
    this.#tensors = tensors;
    this.kvGroups = kvGroups;
  }

  /** Calls `body`; the names of values created in it get the prefix `name.`. */
  scope(name: string, body: () => ValueId): ValueId {
    const outer = this.#scope;
    this.#scope = `${outer}${name}.`;
    const value = body();
    this.#scope = outer;
    return value;
  }

  /** Whether the file has `tensor`. */
  has(tensor: string): boolean {
    return this.#tensors.has(tensor);
  }

  /** Looks up rows of `tensor` ([entries, width]) by token id or position. Returns [T, width]. */
  embed(tensor: string, by: 'token' | 'position', entries: number, width: number): ValueId {
    const table = this.#matrix(tensor, entries, width, 0, entries);
    return this.#emit('embedding', 'T', width, (output) => ({ kind: 'embed', table, by, output }));
  }

  /** Normalizes runs of `size` elements: a row by default, or each head. */
  rmsNorm(input: ValueId, tensor: string, epsilon: number, name = 'norm', size?: number): ValueId {
    const { rows, width } = this.#value(input);
    const run = size ?? width;
    const weight = this.#vector(tensor, run);
    return this.#emit(name, rows, width, (output) => ({
      kind: 'rmsNorm',
      input,
      weight,
      size: run,
      epsilon,
      output,
    }));
  }

  /** `module` is the prefix of `module.weight` and `module.bias`. */
  layerNorm(input: ValueId, module: string, epsilon: number): ValueId {
    const { rows, width } = this.#value(input);
    const weight = this.#vector(`${module}.weight`, width);
    const bias = this.#vector(`${module}.bias`, width);
    return this.#emit('norm', rows, width, (output) => ({
      kind: 'layerNorm',
      input,
      weight,
      bias,
      epsilon,
      output,
    }));
  }

  /**
   * Returns input x weight^T + bias. [rows, outputs]. `module` is the prefix of `module.weight` and `module.bias`, which is
   * used if the file has it.
   */
  linear(
    name: string,
    input: ValueId,
    module: string,
    outputs: number,
    options: LinearOptions = {},
  ): ValueId {
    const { rows, width } = this.#value(input);
    const rowOffset = options.rowOffset ?? 0;
    const rowsInTensor = options.rows ?? outputs;
    const weight = this.#matrix(`${module}.weight`, rowsInTensor, width, rowOffset, outputs);
    const biasName = `${module}.bias`;
    const bias = this.has(biasName) ? this.#vector(biasName, rowsInTensor, rowOffset, outputs) : undefined;
    return this.#emit(name, rows, outputs, (output) => ({
      kind: 'linear',
      input,
      weight,
      bias,
      residual: undefined,
      output,
    }));
  }

  /** Rotates each head. Layers with the same `config` object share one table of frequencies. */
  rope(name: string, input: ValueId, heads: number, headDim: number, config: RopeConfig): ValueId {
    const { rows, width } = this.#value(input);
    const known = this.#ropes.indexOf(config);
    const rope = known >= 0 ? known : this.#ropes.push(config) - 1;
    return this.#emit(name, rows, width, (output) => ({ kind: 'rope', input, heads, headDim, rope, output }));
  }

  attention(query: ValueId, key: ValueId, value: ValueId, attention: Attention): ValueId {
    const width = attention.heads * attention.headDim;
    return this.#emit('attention', 'T', width, (output) => ({
      kind: 'attention',
      query,
      key,
      value,
      attention,
      rope: undefined,
      output,
    }));
  }

  add(name: string, left: ValueId, right: ValueId): ValueId {
    return this.#binary('add', name, left, right);
  }

  mul(name: string, left: ValueId, right: ValueId): ValueId {
    return this.#binary('mul', name, left, right);
  }

  activation(name: ActivationName, input: ValueId): ValueId {
    const { rows, width } = this.#value(input);
    return this.#emit(name, rows, width, (output) => ({ kind: 'activation', name, input, output }));
  }

  /** Selects the rows whose next token is sampled. Returns [R, width]. */
  gatherRows(input: ValueId): ValueId {
    const { width } = this.#value(input);
    return this.#emit('rows', 'R', width, (output) => ({ kind: 'gatherRows', input, output }));
  }

  /** Ends the program with the selection of tokens from `logits` ([R, vocabSize]). */
  select(logits: ValueId): Program {
    this.#operations.push({ kind: 'select', input: logits });
    return {
      values: this.#values,
      weights: this.#weights,
      operations: this.#operations,
      ropes: this.#ropes,
      kvGroups: this.kvGroups,
    };
  }

  #binary(kind: 'add' | 'mul', name: string, left: ValueId, right: ValueId): ValueId {
    const { rows, width } = this.#value(left);
    return this.#emit(name, rows, width, (output) => ({ kind, left, right, output }));
  }

  #value(id: ValueId): Value {
    return this.#values[id]!;
  }

  #emit(name: string, rows: 'T' | 'R', width: number, make: (output: ValueId) => Operation): ValueId {
    const output = this.#values.push({ name: this.#scope + name, rows, width, dtype: 'f32' }) - 1;
    this.#operations.push(make(output));
    return output;
  }

  #matrix(tensor: string, rows: number, columns: number, rowOffset: number, sliceRows: number): WeightId {
    const info = this.#expect(tensor, [rows, columns]);
    return this.#weight({ tensor, dtype: info.dtype, rowOffset, rows: sliceRows, columns });
  }

  #vector(tensor: string, length: number, offset = 0, sliceLength = length): WeightId {
    const info = this.#expect(tensor, [length]);
    return this.#weight({ tensor, dtype: info.dtype, rowOffset: offset, rows: sliceLength, columns: 1 });
  }

  #expect(tensor: string, shape: readonly number[]): TensorInfo {
    const info = this.#tensors.get(tensor);
    if (info === undefined) {
      throw new QuireError(
        'missing_tensor',
        `the model has no tensor ${tensor}`,
        'the file is incomplete or of another family: download it again',
      );
    }
    if (info.shape.length !== shape.length || info.shape.some((size, axis) => size !== shape[axis])) {
      throw new QuireError(
        'bad_tensor_shape',
        `tensor ${tensor} is [${info.shape.join(', ')}], but the model's config requires [${shape.join(', ')}]`,
        'the config does not belong to these weights: download both again',
      );
    }
    return info;
  }

  // A tensor that is used twice (a tied embedding) is one weight, so it is loaded once.
  #weight(weight: Weight): WeightId {
    const same = this.#weights.findIndex(
      (other) =>
        other.tensor === weight.tensor && other.rowOffset === weight.rowOffset && other.rows === weight.rows,
    );
    return same >= 0 ? same : this.#weights.push(weight) - 1;
  }
}
