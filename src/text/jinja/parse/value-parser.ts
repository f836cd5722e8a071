// Parses primary expressions and their suffixes: literals, names, attributes, items, calls, filters and tests.

import { MAX_CHAIN } from '../budget.ts';
import { Float } from '../values/values.ts';
import type { CallArguments, Expression, Filter } from './syntax-tree.ts';
import type { TokenStream } from './token-stream.ts';

export const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
const NO_ARGUMENTS: CallArguments = { positional: [], named: [], list: undefined, dict: undefined };

export abstract class ValueParser {
  protected readonly stream: TokenStream;
  /** names that were read, for each open macro */
  protected readonly namesRead: Set<string>[] = [];

  constructor(stream: TokenStream) {
    this.stream = stream;
  }

  abstract expression(withChoice?: boolean): Expression;

  /** Parses comma-separated expressions without parentheses; a single one is not a tuple. */
  abstract tuple(withChoice?: boolean, read?: () => Expression): Expression;

  filters(): Filter[] {
    const filters: Filter[] = [];
    while (this.stream.accept('operator', '|')) filters.push(this.filter());
    return filters;
  }

  filter(): Filter {
    const name = this.#dottedName();
    const args = this.stream.is('operator', '(') ? this.#callArguments() : NO_ARGUMENTS;
    return { name, args };
  }

  protected primary(): Expression {
    const { stream } = this;
    const token = stream.current;
    switch (token.type) {
      case 'name':
        return this.#name();
      case 'string': {
        let value = '';
        while (stream.is('string')) value += stream.next().value;
        return { kind: 'constant', value };
      }
      case 'integer':
        return { kind: 'constant', value: stream.next().number ?? 0 };
      case 'float':
        return { kind: 'constant', value: new Float(Number(stream.next().number)) };
      default:
        if (stream.is('operator', '(')) return this.#parentheses();
        if (stream.is('operator', '[')) return this.#list();
        if (stream.is('operator', '{')) return this.#dict();
        return stream.fail('expected an expression');
    }
  }

  #name(): Expression {
    const name = this.stream.next().value;
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return { kind: 'constant', value: constant };
    for (const names of this.namesRead) names.add(name);
    return { kind: 'name', name };
  }

  #parentheses(): Expression {
    this.stream.next();
    if (this.stream.accept('operator', ')')) return { kind: 'tuple', items: [] };
    const value = this.tuple();
    this.stream.expect('operator', ')');
    return value;
  }

  #list(): Expression {
    const items: Expression[] = [];
    this.#separated('[', ']', () => items.push(this.expression()));
    return { kind: 'list', items };
  }

  #dict(): Expression {
    const entries: [Expression, Expression][] = [];
    this.#separated('{', '}', () => {
      const key = this.expression();
      this.stream.expect('operator', ':');
      entries.push([key, this.expression()]);
    });
    return { kind: 'dict', entries };
  }

  /** Parses comma-separated items in brackets; a trailing comma is allowed. */
  #separated(open: string, close: string, read: () => void): void {
    this.stream.expect('operator', open);
    while (!this.stream.is('operator', close)) {
      read();
      if (!this.stream.accept('operator', ',')) break;
    }
    this.stream.expect('operator', close);
  }

  protected postfix(value: Expression): Expression {
    let whole = value;
    this.chain(() => {
      if (this.stream.accept('operator', '.')) whole = this.#attribute(whole);
      else if (this.stream.is('operator', '[')) whole = this.#item(whole);
      else if (this.stream.is('operator', '(')) whole = this.#call(whole);
      else return false;
      return true;
    });
    return whole;
  }

  protected filtered(value: Expression): Expression {
    let whole = value;
    this.chain(() => {
      if (this.stream.accept('operator', '|'))
        whole = { kind: 'filter', input: whole, filter: this.filter() };
      else if (this.stream.accept('name', 'is')) whole = this.#test(whole);
      else if (this.stream.is('operator', '(')) whole = this.#call(whole);
      else return false;
      return true;
    });
    return whole;
  }

  #attribute(object: Expression): Expression {
    if (this.stream.is('integer')) {
      const key: Expression = { kind: 'constant', value: this.stream.next().number ?? 0 };
      return { kind: 'item', object, key };
    }
    return { kind: 'attribute', object, name: this.stream.expect('name').value };
  }

  #item(object: Expression): Expression {
    const keys: Expression[] = [];
    let slice: readonly (Expression | undefined)[] | undefined;
    this.#separated('[', ']', () => {
      const [first, ...others] = this.#subscript();
      if (others.length > 0) slice = [first, ...others];
      else if (first !== undefined) keys.push(first);
    });
    if (slice !== undefined && keys.length === 0) return { kind: 'slice', object, bounds: slice };
    const [key] = keys;
    if (slice !== undefined || key === undefined) this.stream.fail('expected one key or one slice');
    return { kind: 'item', object, key: keys.length === 1 ? key : { kind: 'tuple', items: keys } };
  }

  /** Parses one key, or the bounds of a slice: start, stop and step. */
  #subscript(): (Expression | undefined)[] {
    const bound = (): Expression | undefined =>
      this.stream.is('operator', ':', ']', ',') ? undefined : this.expression();
    const first = bound();
    if (!this.stream.accept('operator', ':')) return [first];
    const second = bound();
    return [first, second, this.stream.accept('operator', ':') ? bound() : undefined];
  }

  #call(callee: Expression): Expression {
    return { kind: 'call', callee, args: this.#callArguments() };
  }

  #callArguments(): CallArguments {
    const positional: Expression[] = [];
    const named: [string, Expression][] = [];
    let list: Expression | undefined;
    let dict: Expression | undefined;
    const { stream } = this;
    this.#separated('(', ')', () => {
      if (dict !== undefined) stream.fail('expected no more arguments');
      if (stream.accept('operator', '**')) dict = this.expression();
      else if (stream.is('operator', '*') && list === undefined) {
        stream.next();
        list = this.expression();
      } else if (
        stream.is('name') &&
        stream.lookahead.type === 'operator' &&
        stream.lookahead.value === '='
      ) {
        const name = stream.next().value;
        stream.next();
        if (named.some(([other]) => other === name)) stream.fail(`${name} is passed twice`);
        named.push([name, this.expression()]);
      } else {
        if (list !== undefined || named.length > 0) stream.fail('expected a named argument');
        positional.push(this.expression());
      }
    });
    return { positional, named, list, dict };
  }

  #test(input: Expression): Expression {
    const negated = this.stream.accept('name', 'not');
    const name = this.#dottedName();
    const test: Expression = { kind: 'test', input, name, args: this.#testArguments() };
    return negated ? { kind: 'not', operand: test } : test;
  }

  // `x is divisibleby 3` is `x is divisibleby(3)`.
  #testArguments(): CallArguments {
    const { stream } = this;
    if (stream.is('operator', '(')) return this.#callArguments();
    const value = stream.is('name') || stream.is('string') || stream.is('integer') || stream.is('float');
    if (!value && !stream.is('operator', '[', '{')) return NO_ARGUMENTS;
    if (stream.is('name', 'else', 'or', 'and')) return NO_ARGUMENTS;
    if (stream.is('name', 'is')) stream.fail('tests cannot be chained');
    return { ...NO_ARGUMENTS, positional: [this.postfix(this.primary())] };
  }

  #dottedName(): string {
    let name = this.stream.expect('name').value;
    while (this.stream.accept('operator', '.')) name += `.${this.stream.expect('name').value}`;
    return name;
  }

  /** Repeats `link` until it returns false. */
  protected chain(link: () => boolean): void {
    for (let count = 0; link(); count++)
      if (count >= MAX_CHAIN) this.stream.fail(`expected at most ${MAX_CHAIN} operations in a row`);
  }
}
