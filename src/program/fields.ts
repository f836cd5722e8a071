// The kinds of fields that a row of the table of operations (operations.ts) can have. From these descriptions are derived the
// TypeScript type of each operation, its operands for the passes, its words in a tape, and the C++ struct and checks of the
// native backend.
//
// Sizes are names: fields with the same size name must have equal sizes. `T` and `R` are the rows of values (tokens of the step,
// rows of logits), `rows` is either; an integer field of the same name is the value of a size, and `a*b` is the product of two
// such fields. So `input: input('rows', 'width'), weight: vector('width')` means that the weight has one element for each
// element of a row.

/** Index into `Program.values`. */
export type ValueId = number;
/** Index into `Program.weights`. */
export type WeightId = number;

/** `q8`: signed bytes with one f32 scale for each 32 of them */
export type ValueDtype = 'f32' | 'q8';

/** A value that the operation reads. */
export interface InputField {
  readonly type: 'input';
  /** rows, width */
  readonly shape: readonly [string, string];
  readonly dtypes: readonly ValueDtype[];
  /** `updated`: the operation may write to it too; `in place`: the output may have the same memory, element by element */
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

/** Rounded to f32 in a tape. */
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
  /** size of the head, an upper bound of the rotated elements */
  readonly shape: readonly [string];
}

/** The fields of a record. They include no values: `renumbered` expects those at the top level of an operation. */
export type RecordMembers = Readonly<Record<string, Exclude<Leaf, InputField | OutputField>>>;

/** A group of fields. A tape has no groups: the fields are words like the others. */
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
export const EITHER: readonly ValueDtype[] = ['f32', 'q8'];

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
export const optional = <Of extends Exclude<Leaf, FloatField>>(
  field: Of,
): Of & { readonly optional: true } => ({
  ...field,
  optional: true,
});

/** The type of a field's value if it is present. */
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
