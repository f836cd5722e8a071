// Builds the program of a model family: each method adds an operation and returns the id of its output value. Tensors are
// compared with the tensor table of the file, so that missing tensors and wrong shapes are reported before weights are
// loaded.

import { QuireError } from '../base/errors.ts';
import type { KvGroup } from '../base/model/kv-layout.ts';
import type { ActivationName, RopeConfig, TensorInfo } from '../base/model/model-file.ts';
import type { Attention, Operation } from './operations.ts';
import type { Program, Value, ValueId, Weight, WeightId } from './program.ts';

interface LinearOptions {
  /** number of rows of the tensor; by default the number of outputs */
  readonly rows?: number;
  /** first row of the slice; 0 by default */
  readonly rowOffset?: number;
}

type AttentionShape = Omit<Attention, 'softCap'> & Partial<Pick<Attention, 'softCap'>>;

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

  /** Calls `body`. The names of the values that it creates have the prefix `name.`. */
  scope(name: string, body: () => ValueId): ValueId {
    const outer = this.#scope;
    this.#scope = `${outer}${name}.`;
    const value = body();
    this.#scope = outer;
    return value;
  }

  /** Returns whether the file contains `tensor`. */
  has(tensor: string): boolean {
    return this.#tensors.has(tensor);
  }

  /** Looks up rows of `tensor` ([entries, width]) by token id or position. Returns [T, width]. */
  embed(tensor: string, ids: 'token' | 'position', entries: number, width: number): ValueId {
    const table = this.#addMatrix(tensor, entries, width, 0, entries);
    return this.#addOperation('embedding', 'T', width, (output) => ({ kind: 'embed', table, ids, output }));
  }

  /** Normalizes segments of `size` elements, for example each head; by default each row. */
  rmsNorm(input: ValueId, tensor: string, epsilon: number, name = 'norm', size?: number): ValueId {
    const { rows, width } = this.#value(input);
    const segment = size ?? width;
    const weight = this.#addVector(tensor, segment);
    return this.#addOperation(name, rows, width, (output) => ({
      kind: 'rmsNorm',
      input,
      weight,
      size: segment,
      epsilon,
      output,
    }));
  }

  /** Normalizes each row with the tensors `module.weight` and `module.bias`. */
  layerNorm(input: ValueId, module: string, epsilon: number): ValueId {
    const { rows, width } = this.#value(input);
    const weight = this.#addVector(`${module}.weight`, width);
    const bias = this.#addVector(`${module}.bias`, width);
    return this.#addOperation('norm', rows, width, (output) => ({
      kind: 'layerNorm',
      input,
      weight,
      bias,
      epsilon,
      output,
    }));
  }

  /**
   * Returns input x weight^T + bias as [rows, outputs]. The weight is the tensor `module.weight`; the bias is `module.bias`,
   * if the file contains it.
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
    const weight = this.#addMatrix(`${module}.weight`, rowsInTensor, width, rowOffset, outputs);
    const biasName = `${module}.bias`;
    const bias = this.has(biasName) ? this.#addVector(biasName, rowsInTensor, rowOffset, outputs) : undefined;
    return this.#addOperation(name, rows, outputs, (output) => ({
      kind: 'linear',
      input,
      weight,
      bias,
      residual: undefined,
      lora: undefined,
      target: undefined,
      output,
    }));
  }

  /** Applies rotary embedding to each head. Operations with the same `config` object share one table of frequencies. */
  rope(name: string, input: ValueId, heads: number, headDim: number, config: RopeConfig): ValueId {
    const { rows, width } = this.#value(input);
    const existing = this.#ropes.indexOf(config);
    const rope = existing >= 0 ? existing : this.#ropes.push(config) - 1;
    return this.#addOperation(name, rows, width, (output) => ({
      kind: 'rope',
      input,
      heads,
      headDim,
      rope,
      output,
    }));
  }

  attention(query: ValueId, key: ValueId, value: ValueId, shape: AttentionShape): ValueId {
    const attention = { softCap: undefined, ...shape };
    const width = attention.heads * attention.headDim;
    return this.#addOperation('attention', 'T', width, (output) => ({
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
    return this.#addBinary('add', name, left, right);
  }

  mul(name: string, left: ValueId, right: ValueId): ValueId {
    return this.#addBinary('mul', name, left, right);
  }

  activation(name: ActivationName, input: ValueId): ValueId {
    const { rows, width } = this.#value(input);
    return this.#addOperation(name, rows, width, (output) => ({ kind: 'activation', name, input, output }));
  }

  /** Multiplies each element by a constant, which is rounded to f32. Returns the input if the constant is 1. */
  scale(name: string, input: ValueId, factor: number): ValueId {
    if (factor === 1) return input;
    const { rows, width } = this.#value(input);
    return this.#addOperation(name, rows, width, (output) => ({ kind: 'scale', input, factor, output }));
  }

  /** Limits each element x to limit tanh(x / limit). Returns the input if there is no limit. */
  softCap(name: string, input: ValueId, limit: number | undefined): ValueId {
    if (limit === undefined) return input;
    return this.scale(name, this.activation('tanh', this.scale(`${name}.scaled`, input, 1 / limit)), limit);
  }

  /** Selects the rows whose next token is sampled. Returns [R, width]. */
  gatherRows(input: ValueId): ValueId {
    const { width } = this.#value(input);
    return this.#addOperation('rows', 'R', width, (output) => ({ kind: 'gatherRows', input, output }));
  }

  /** Adds the selection of tokens from `logits` ([R, vocabSize]). Returns the program. */
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

  #addBinary(kind: 'add' | 'mul', name: string, left: ValueId, right: ValueId): ValueId {
    const { rows, width } = this.#value(left);
    return this.#addOperation(name, rows, width, (output) => ({ kind, left, right, output }));
  }

  #value(id: ValueId): Value {
    return this.#values[id]!;
  }

  #addOperation(
    name: string,
    rows: 'T' | 'R',
    width: number,
    createOperation: (output: ValueId) => Operation,
  ): ValueId {
    const output = this.#values.push({ name: this.#scope + name, rows, width, dtype: 'f32' }) - 1;
    this.#operations.push(createOperation(output));
    return output;
  }

  #addMatrix(tensor: string, rows: number, columns: number, rowOffset: number, sliceRows: number): WeightId {
    const info = this.#requireTensor(tensor, [rows, columns]);
    return this.#addWeight({
      tensor,
      dtype: info.dtype,
      kind: 'matrix',
      rowOffset,
      rows: sliceRows,
      columns,
    });
  }

  #addVector(tensor: string, length: number, offset = 0, sliceLength = length): WeightId {
    const info = this.#requireTensor(tensor, [length]);
    const slice = { rowOffset: offset, rows: sliceLength, columns: 1 };
    return this.#addWeight({ tensor, dtype: info.dtype, kind: 'vector', ...slice });
  }

  #requireTensor(tensor: string, shape: readonly number[]): TensorInfo {
    const info = this.#tensors.get(tensor);
    if (info === undefined) {
      throw new QuireError(
        'missing_tensor',
        `the model has no tensor ${tensor}`,
        'the file is incomplete or contains a model of another family: download it again',
      );
    }
    if (info.shape.length !== shape.length || info.shape.some((size, axis) => size !== shape[axis])) {
      throw new QuireError(
        'bad_tensor_shape',
        `tensor ${tensor} is [${info.shape.join(', ')}], but the config of the model requires [${shape.join(', ')}]`,
        'the config does not belong to these weights: download both again',
      );
    }
    return info;
  }

  // A tensor that several operations use, such as a tied embedding, is one weight, which is loaded once.
  #addWeight(weight: Weight): WeightId {
    const existing = this.#weights.findIndex(
      (other) =>
        other.tensor === weight.tensor && other.rowOffset === weight.rowOffset && other.rows === weight.rows,
    );
    return existing >= 0 ? existing : this.#weights.push(weight) - 1;
  }
}
