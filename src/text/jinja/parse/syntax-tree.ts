// The syntax tree of a template, by the grammar of jinja2 3.1.

import type { NumericOperator } from '../values/numbers.ts';
import type { Value } from '../values/values.ts';

export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list' | 'tuple' | 'concat'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'attribute'; readonly object: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly object: Expression; readonly key: Expression }
  | {
      readonly kind: 'slice';
      readonly object: Expression;
      readonly bounds: readonly (Expression | undefined)[];
    }
  | Call
  | { readonly kind: 'filter'; readonly input: Expression; readonly filter: FilterCall }
  | { readonly kind: 'test'; readonly input: Expression; readonly name: string; readonly args: CallArguments }
  | { readonly kind: 'not' | 'minus' | 'plus'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: NumericOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'compare'; readonly first: Expression; readonly comparisons: readonly Comparison[] }
  | Conditional;

export type Comparator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export interface Comparison {
  readonly operator: Comparator;
  readonly operand: Expression;
}

export interface Conditional {
  readonly kind: 'conditional';
  readonly test: Expression;
  readonly value: Expression;
  readonly elseValue: Expression | undefined;
}

export interface Call {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: CallArguments;
}

export interface CallArguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [name: string, value: Expression])[];
  /** the expression after `*` */
  readonly list: Expression | undefined;
  /** the expression after `**` */
  readonly dict: Expression | undefined;
}

export interface FilterCall {
  readonly name: string;
  readonly args: CallArguments;
}

/** The left side of an assignment. */
export type AssignmentTarget =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly object: string; readonly name: string }
  | { readonly kind: 'targets'; readonly items: readonly AssignmentTarget[] };

export type Statement =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expression }
  | {
      readonly kind: 'if';
      readonly branches: readonly ConditionalBranch[];
      readonly elseBody: readonly Statement[];
    }
  | ForStatement
  | { readonly kind: 'set'; readonly target: AssignmentTarget; readonly value: Expression }
  | {
      readonly kind: 'set-block';
      readonly target: AssignmentTarget;
      readonly filters: readonly FilterCall[];
      readonly body: Body;
    }
  | {
      readonly kind: 'with';
      readonly bindings: readonly (readonly [AssignmentTarget, Expression])[];
      readonly body: Body;
    }
  | { readonly kind: 'filter-block'; readonly filters: readonly FilterCall[]; readonly body: Body }
  | { readonly kind: 'macro'; readonly macro: MacroDefinition }
  | { readonly kind: 'call-block'; readonly call: Call; readonly caller: MacroDefinition }
  | { readonly kind: 'generation'; readonly body: Body }
  | { readonly kind: 'block'; readonly isScoped: boolean; readonly body: Body }
  | { readonly kind: 'autoescape'; readonly value: Expression; readonly body: Body }
  | { readonly kind: 'file'; readonly tag: string }
  | { readonly kind: 'break' | 'continue' };

export type Body = readonly Statement[];

export interface ConditionalBranch {
  readonly test: Expression;
  readonly body: Body;
}

export interface ForStatement {
  readonly kind: 'for';
  readonly target: AssignmentTarget;
  readonly items: Expression;
  readonly condition: Expression | undefined;
  readonly isRecursive: boolean;
  readonly body: Body;
  readonly elseBody: Body;
}

export interface MacroDefinition {
  readonly name: string;
  readonly parameters: readonly MacroParameter[];
  readonly body: Body;
  /** which of `caller`, `varargs` and `kwargs` the body uses */
  readonly implicitNames: ReadonlySet<string>;
}

export interface MacroParameter {
  readonly name: string;
  readonly fallback: Expression | undefined;
}
