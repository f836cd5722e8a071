// What an operation's row in the table (operations.ts) may consist of. From these descriptions follow the TypeScript type of
// each operation, what the passes ask of it, its words in a tape, and the C++ struct and checks of the native backend.
//
// Sizes are names: two fields that name the same size must have it in common. `T` and `R` are the rows of values (tokens of
// the step, rows of logits), `rows` is either; an integer field of the same name gives a size its number, and `a*b` is a
// product of two such fields. So `input: input('rows', 'width'), weight: vector('width')` says that the weight has one number
// for each element of a row.

/** Index into `Program.values`. */
export type ValueId = number;
/** Index into `Program.weights`. */
export type WeightId = number;

/** `q8`: signed bytes, and one f32 scale for each 32 of them */
export type ValueDtype = 'f32' | 'q8';

/** A value that is read. */
export interface InputField {
  readonly type: 'input';
  /** rows, width */
  readonly shape: readonly [string, string];
  readonly dtypes: readonly ValueDtype[];
  /** `updated`: the operation may write to it too; `in place`: the output may lie where it lies, number by number */
  readonly memory: 'read' | 'updated' | 'in place';
}

/** The value that is written. */
export interface OutputField {
  readonly type: 'output';
  /** rows, width */
  readonly shape: readonly [string, string];
  readonly dtypes: readonly ValueDtype[];
}

export interface WeightField {
  readonly type: 'weight';
  /** of a matrix: rows, columns; of a vector: its length */
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

/** One of some names; `enumeration` is what C++ calls it. */
export interface ChoiceField<Name extends string = string> {
  readonly type: 'choice';
  readonly enumeration: string;
  readonly names: readonly Name[];
}

/** Index into `Program.ropes`. */
export interface RopeField {
  readonly type: 'rope';
  /** the head that it must fit */
  readonly shape: readonly [string];
}

/** Of fields that belong together: no values, which `renumbered` expects beside the kind of an operation. */
export type RecordMembers = Readonly<Record<string, Exclude<Leaf, InputField | OutputField>>>;

/** Fields that belong together; in a tape they stand among the others. */
export interface RecordField<Members extends RecordMembers = RecordMembers> {
  readonly type: 'record';
  readonly fields: Members;
}

/** A field that takes one word of a tape. */
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

/** May be `undefined`. */
export const optional = <Of extends Exclude<Leaf, FloatField>>(
  field: Of,
): Of & { readonly optional: true } => ({
  ...field,
  optional: true,
});

/** What a field holds where it is there. */
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

/** What an operation with these fields holds. */
export type ValuesOf<Row> = {
  readonly [Name in keyof Row]: Row[Name] extends { readonly optional: true }
    ? ValueOf<Row[Name]> | undefined
    : ValueOf<Row[Name]>;
};
