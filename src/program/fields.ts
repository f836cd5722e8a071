// The types of the fields in the table of operations (operations.ts). The following are derived from the table: the
// TypeScript types of the operations, their inputs and outputs, their words in a tape (the compiled list of operations,
// tape.ts), and the C++ structs and checks of the native backend.
//
// A size is specified by a name. All sizes of an operation that have the same name must be equal. `T` and `R` are the
// numbers of rows of values: the tokens and the rows of logits of a step; `rows` is one of these. If an integer field has
// the name of a size, its value is that size. `a*b` is the product of two such fields. For example, `input: input('rows',
// 'width'), weight: vector('width')` means that the weight has one element for each element of a row.

/** Index into `Program.values`. */
export type ValueId = number;
/** Index into `Program.weights`. */
export type WeightId = number;

/** `q8`: signed bytes, with an f32 scale for each group of 32 */
export type ValueDtype = 'f32' | 'q8';

/** A value that the operation reads. */
export interface InputField {
  readonly type: 'input';
  /** rows, width */
  readonly shape: readonly [string, string];
  readonly dtypes: readonly ValueDtype[];
  /**
   * `updated`: the operation may also write this value; `in place`: the output may use the same memory, because each element
   * of the output depends only on the same element of the input
   */
  readonly memory: 'read' | 'updated' | 'in place';
}

/** The value that the operation writes. */
export interface OutputField {
  readonly type: 'output';
  /** rows, width */
  readonly shape: readonly [string, string];
  readonly dtypes: readonly ValueDtype[];
}

export interface WeightField {
  readonly type: 'weight';
  /** rows and columns of a matrix; length of a vector */
  readonly shape: readonly string[];
}

/** A whole number from `from` to `to`. */
export interface IntegerField {
  readonly type: 'integer';
  readonly from: number;
  readonly to: number;
}

/** A number, which is rounded to f32 in a tape. An optional number that is not given is a NaN there. */
export interface FloatField {
  readonly type: 'float';
}

/** One of several names; `enumeration` is the name of the C++ enumeration. */
export interface ChoiceField<Name extends string = string> {
  readonly type: 'choice';
  readonly enumeration: string;
  readonly names: readonly Name[];
}

/** Index into `Program.ropes`. */
export interface RopeField {
  readonly type: 'rope';
  /** head size, the maximum number of rotated elements */
  readonly shape: readonly [string];
}

/** The fields of a record. A record contains no values, because `renumberValues` only changes fields outside of records. */
export type RecordMembers = Readonly<Record<string, Exclude<Leaf, InputField | OutputField>>>;

/** A group of fields. In a tape, the fields of a record are not distinguished from other fields. */
export interface RecordField<Members extends RecordMembers = RecordMembers> {
  readonly type: 'record';
  readonly fields: Members;
}

/** A field that is one word of a tape. */
export type Leaf = (
  | InputField
  | OutputField
  | WeightField
  | IntegerField
  | FloatField
  | ChoiceField
  | RopeField
) & { readonly optional?: true };
export type Field = Leaf | RecordField;
export type Fields = Readonly<Record<string, Field>>;

const FLOATS: readonly ValueDtype[] = ['f32'];
export const QUANTIZED: readonly ValueDtype[] = ['q8'];
export const FLOATS_OR_QUANTIZED: readonly ValueDtype[] = ['f32', 'q8'];

export const input = (
  rows: string,
  width: string,
  { dtypes = FLOATS, memory = 'read' }: Partial<Pick<InputField, 'dtypes' | 'memory'>> = {},
): InputField => ({ type: 'input', shape: [rows, width], dtypes, memory });

export const output = (rows: string, width: string, dtypes = FLOATS): OutputField => ({
  type: 'output',
  shape: [rows, width],
  dtypes,
});

export const matrix = (rows: string, columns: string): WeightField => ({
  type: 'weight',
  shape: [rows, columns],
});
export const vector = (length: string): WeightField => ({ type: 'weight', shape: [length] });
export const integer = (from: number, to: number): IntegerField => ({ type: 'integer', from, to });
export const float = (): FloatField => ({ type: 'float' });
export const rope = (headDim: string): RopeField => ({ type: 'rope', shape: [headDim] });

export const choice = <const Name extends string>(
  enumeration: string,
  names: readonly Name[],
): ChoiceField<Name> => ({ type: 'choice', enumeration, names });

export const record = <const Members extends RecordMembers>(fields: Members): RecordField<Members> => ({
  type: 'record',
  fields,
});

/** A field whose value may be `undefined`. */
export const optional = <Of extends Leaf>(field: Of): Of & { readonly optional: true } => ({
  ...field,
  optional: true,
});

/** The type of the value of a field that is given. */
export type ValueOf<F> =
  F extends RecordField<infer Members>
    ? ValuesOf<Members>
    : F extends ChoiceField<infer Name>
      ? Name
      : F extends { readonly type: 'input' | 'output' }
        ? ValueId
        : F extends WeightField
          ? WeightId
          : number;

/** The properties of an operation with these fields. */
export type ValuesOf<Row> = {
  readonly [Name in keyof Row]: Row[Name] extends { readonly optional: true }
    ? ValueOf<Row[Name]> | undefined
    : ValueOf<Row[Name]>;
};
