// Parses primary expressions and their suffixes: literals, names, attributes, items, calls, filters and tests.

import { MAX_CHAIN_TERMS } from '../budget.ts';
import { Float } from '../values/values.ts';
import type { CallArguments, Expression, FilterCall } from './syntax-tree.ts';
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
  /** for each open macro, the names that its body reads */
  protected readonly namesRead: Set<string>[] = [];

  constructor(stream: TokenStream) {
    this.stream = stream;
  }

  abstract parseExpression(allowConditional?: boolean): Expression;

  /** Parses comma-separated expressions without parentheses; one expression without a comma is not a tuple. */
  abstract parseTuple(allowConditional?: boolean, parseItem?: () => Expression): Expression;

  parseFilters(): FilterCall[] {
    const filters: FilterCall[] = [];
    while (this.stream.accept('operator', '|')) filters.push(this.parseFilter());
    return filters;
  }

  parseFilter(): FilterCall {
    const name = this.#parseDottedName();
    const args = this.stream.isAt('operator', '(') ? this.#parseCallArguments() : NO_ARGUMENTS;
    return { name, args };
  }

  protected parsePrimary(): Expression {
    const { stream } = this;
    const token = stream.current;
    switch (token.type) {
      case 'name':
        return this.#parseName();
      case 'string': {
        let value = '';
        while (stream.isAt('string')) value += stream.next().value;
        return { kind: 'constant', value };
      }
      case 'integer':
        return { kind: 'constant', value: stream.next().number ?? 0 };
      case 'float':
        return { kind: 'constant', value: new Float(Number(stream.next().number)) };
      default:
        if (stream.isAt('operator', '(')) return this.#parseParentheses();
        if (stream.isAt('operator', '[')) return this.#parseList();
        if (stream.isAt('operator', '{')) return this.#parseDict();
        return stream.fail('expected an expression');
    }
  }

  #parseName(): Expression {
    const name = this.stream.next().value;
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return { kind: 'constant', value: constant };
    for (const names of this.namesRead) names.add(name);
    return { kind: 'name', name };
  }

  #parseParentheses(): Expression {
    this.stream.next();
    if (this.stream.accept('operator', ')')) return { kind: 'tuple', items: [] };
    const value = this.parseTuple();
    this.stream.expect('operator', ')');
    return value;
  }

  #parseList(): Expression {
    const items: Expression[] = [];
    this.#parseSeparated('[', ']', () => items.push(this.parseExpression()));
    return { kind: 'list', items };
  }

  #parseDict(): Expression {
    const entries: [Expression, Expression][] = [];
    this.#parseSeparated('{', '}', () => {
      const key = this.parseExpression();
      this.stream.expect('operator', ':');
      entries.push([key, this.parseExpression()]);
    });
    return { kind: 'dict', entries };
  }

  /** Parses comma-separated items in brackets; a trailing comma is allowed. */
  #parseSeparated(open: string, close: string, parseItem: () => void): void {
    this.stream.expect('operator', open);
    while (!this.stream.isAt('operator', close)) {
      parseItem();
      if (!this.stream.accept('operator', ',')) break;
    }
    this.stream.expect('operator', close);
  }

  protected parsePostfix(value: Expression): Expression {
    let result = value;
    this.repeat(() => {
      if (this.stream.accept('operator', '.')) result = this.#parseAttribute(result);
      else if (this.stream.isAt('operator', '[')) result = this.#parseItem(result);
      else if (this.stream.isAt('operator', '(')) result = this.#parseCall(result);
      else return false;
      return true;
    });
    return result;
  }

  protected parseFilterSuffixes(value: Expression): Expression {
    let result = value;
    this.repeat(() => {
      if (this.stream.accept('operator', '|'))
        result = { kind: 'filter', input: result, filter: this.parseFilter() };
      else if (this.stream.accept('name', 'is')) result = this.#parseTest(result);
      else if (this.stream.isAt('operator', '(')) result = this.#parseCall(result);
      else return false;
      return true;
    });
    return result;
  }

  #parseAttribute(object: Expression): Expression {
    if (this.stream.isAt('integer')) {
      const key: Expression = { kind: 'constant', value: this.stream.next().number ?? 0 };
      return { kind: 'item', object, key };
    }
    return { kind: 'attribute', object, name: this.stream.expect('name').value };
  }

  #parseItem(object: Expression): Expression {
    const keys: Expression[] = [];
    let slice: readonly (Expression | undefined)[] | undefined;
    this.#parseSeparated('[', ']', () => {
      const [first, ...others] = this.#parseSubscript();
      if (others.length > 0) slice = [first, ...others];
      else if (first !== undefined) keys.push(first);
    });
    if (slice !== undefined && keys.length === 0) return { kind: 'slice', object, bounds: slice };
    const [key] = keys;
    if (slice !== undefined || key === undefined) this.stream.fail('expected one key or one slice');
    return { kind: 'item', object, key: keys.length === 1 ? key : { kind: 'tuple', items: keys } };
  }

  /** Parses one key, or the bounds of a slice: start, stop and step. */
  #parseSubscript(): (Expression | undefined)[] {
    const parseBound = (): Expression | undefined =>
      this.stream.isAt('operator', ':', ']', ',') ? undefined : this.parseExpression();
    const first = parseBound();
    if (!this.stream.accept('operator', ':')) return [first];
    const second = parseBound();
    return [first, second, this.stream.accept('operator', ':') ? parseBound() : undefined];
  }

  #parseCall(callee: Expression): Expression {
    return { kind: 'call', callee, args: this.#parseCallArguments() };
  }

  #parseCallArguments(): CallArguments {
    const positional: Expression[] = [];
    const named: [string, Expression][] = [];
    let list: Expression | undefined;
    let dict: Expression | undefined;
    const { stream } = this;
    this.#parseSeparated('(', ')', () => {
      if (dict !== undefined) stream.fail('expected no more arguments');
      if (stream.accept('operator', '**')) dict = this.parseExpression();
      else if (stream.isAt('operator', '*') && list === undefined) {
        stream.next();
        list = this.parseExpression();
      } else if (
        stream.isAt('name') &&
        stream.lookahead.type === 'operator' &&
        stream.lookahead.value === '='
      ) {
        const name = stream.next().value;
        stream.next();
        if (named.some(([other]) => other === name)) stream.fail(`${name} is passed twice`);
        named.push([name, this.parseExpression()]);
      } else {
        if (list !== undefined || named.length > 0) stream.fail('expected a named argument');
        positional.push(this.parseExpression());
      }
    });
    return { positional, named, list, dict };
  }

  #parseTest(input: Expression): Expression {
    const negated = this.stream.accept('name', 'not');
    const name = this.#parseDottedName();
    const test: Expression = { kind: 'test', input, name, args: this.#parseTestArguments() };
    return negated ? { kind: 'not', operand: test } : test;
  }

  // The parentheses around a single argument are optional: `x is divisibleby 3`.
  #parseTestArguments(): CallArguments {
    const { stream } = this;
    if (stream.isAt('operator', '(')) return this.#parseCallArguments();
    const isValue =
      stream.isAt('name') || stream.isAt('string') || stream.isAt('integer') || stream.isAt('float');
    if (!isValue && !stream.isAt('operator', '[', '{')) return NO_ARGUMENTS;
    if (stream.isAt('name', 'else', 'or', 'and')) return NO_ARGUMENTS;
    if (stream.isAt('name', 'is')) stream.fail('tests cannot be chained');
    return { ...NO_ARGUMENTS, positional: [this.parsePostfix(this.parsePrimary())] };
  }

  #parseDottedName(): string {
    let name = this.stream.expect('name').value;
    while (this.stream.accept('operator', '.')) name += `.${this.stream.expect('name').value}`;
    return name;
  }

  /** Calls `parseLink` until it returns false, at most MAX_CHAIN times. */
  protected repeat(parseLink: () => boolean): void {
    for (let count = 0; parseLink(); count++)
      if (count >= MAX_CHAIN_TERMS)
        this.stream.fail(`expected at most ${MAX_CHAIN_TERMS} operations in a row`);
  }
}
