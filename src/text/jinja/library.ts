// The parts of the jinja library that are used here, with types: its own are lost under Node's rules of module
// resolution, because its declarations import each other without extensions.

import * as jinja from '@huggingface/jinja';

interface Content<Type extends string, Held> {
  readonly type: Type;
  readonly value: Held;
  /** by name: methods, and `length` */
  readonly builtins: ReadonlyMap<string, Value>;
  __bool__(): { readonly value: boolean };
  toString(): string;
}

export type StringValue = Content<'StringValue', string>;
export type IntegerValue = Content<'IntegerValue', number>;
export type FloatValue = Content<'FloatValue', number>;
export type BooleanValue = Content<'BooleanValue', boolean>;
export type NoneValue = Content<'NullValue', null>;
export type UndefinedValue = Content<'UndefinedValue', undefined>;
export type ListValue = Content<'ArrayValue' | 'TupleValue', Value[]>;
export type DictValue = Content<'ObjectValue' | 'KeywordArgumentsValue', Map<string, Value>>;
export type NamespaceValue = Content<'NamespaceValue', Map<string, Value>>;
export type FunctionValue = Content<'FunctionValue', (args: Value[], scope: Scope) => Value>;

/** What an expression gives. */
export type Value =
  | StringValue
  | IntegerValue
  | FloatValue
  | BooleanValue
  | NoneValue
  | UndefinedValue
  | ListValue
  | DictValue
  | NamespaceValue
  | FunctionValue;

/** Variables, over those of the scope around. */
export interface Scope {
  readonly variables: Map<string, Value>;
  /** Makes a value of plain content and declares it. */
  set(name: string, content: unknown): Value;
  setVariable(name: string, value: Value): Value;
}

/** A part of a parsed template. */
export interface Node {
  readonly type: string;
}

interface LibraryInterpreter {
  run(program: Node): Value;
  evaluate(node: Node | undefined, scope: Scope): Value;
}

interface Token {
  readonly type: string;
  readonly value: string;
}

export const Environment: new (around?: Scope) => Scope = jinja.Environment;
export const Interpreter: new (globals: Scope) => LibraryInterpreter = jinja.Interpreter;
export const parse: (tokens: readonly Token[]) => Node = jinja.parse;
export const tokenize: (
  source: string,
  options: { lstrip_blocks: boolean; trim_blocks: boolean },
) => Token[] = jinja.tokenize;
