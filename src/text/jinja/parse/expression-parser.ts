// Parses expressions with the grammar and precedence of jinja's parser: inline if, or, and, not, comparisons, + and -, ~,
// * / // %, **, signs, and suffixes (attributes, items, calls, filters, tests).

import type { Comparator, Comparison, Expression } from './syntax-tree.ts';
import { ValueParser } from './value-parser.ts';

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];

export class ExpressionParser extends ValueParser {
  expression(withChoice = true): Expression {
    return this.stream.nested(() => (withChoice ? this.#choice() : this.#or()));
  }

  /** Parses comma-separated expressions without parentheses; a single one is not a tuple. */
  tuple(withChoice = true, read: () => Expression = () => this.expression(withChoice)): Expression {
    const items: Expression[] = [];
    let commas = false;
    while (!this.#endsTuple()) {
      items.push(read());
      if (!this.stream.accept('operator', ',')) break;
      commas = true;
    }
    const [first] = items;
    if (first === undefined) this.stream.fail('expected an expression');
    return commas ? { kind: 'tuple', items } : first;
  }

  #endsTuple(): boolean {
    return this.stream.is('variable_end') || this.stream.is('block_end') || this.stream.is('operator', ')');
  }

  #choice(): Expression {
    let value = this.#or();
    this.chain(() => {
      if (!this.stream.accept('name', 'if')) return false;
      const test = this.#or();
      const otherwise = this.stream.accept('name', 'else') ? this.expression() : undefined;
      value = { kind: 'choice', test, value, otherwise };
      return true;
    });
    return value;
  }

  #or(): Expression {
    let left = this.#and();
    this.chain(() => {
      if (!this.stream.accept('name', 'or')) return false;
      left = { kind: 'or', left, right: this.#and() };
      return true;
    });
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    this.chain(() => {
      if (!this.stream.accept('name', 'and')) return false;
      left = { kind: 'and', left, right: this.#not() };
      return true;
    });
    return left;
  }

  #not(): Expression {
    if (!this.stream.accept('name', 'not')) return this.#compare();
    return { kind: 'not', operand: this.stream.nested(() => this.#not()) };
  }

  #compare(): Expression {
    const first = this.#sum();
    const rest: Comparison[] = [];
    for (let operator = this.#comparator(); operator !== undefined; operator = this.#comparator())
      rest.push({ operator, operand: this.#sum() });
    return rest.length === 0 ? first : { kind: 'compare', first, rest };
  }

  #comparator(): Comparator | undefined {
    const { stream } = this;
    if (stream.is('operator', ...COMPARISONS)) return stream.next().value as Comparator;
    if (stream.accept('name', 'in')) return 'in';
    const { type, value } = stream.lookahead;
    if (!stream.is('name', 'not') || type !== 'name' || value !== 'in') return undefined;
    stream.next();
    stream.next();
    return 'not in';
  }

  #sum(): Expression {
    return this.#binary(['+', '-'], () => this.#concat());
  }

  #concat(): Expression {
    const items = [this.#product()];
    while (this.stream.accept('operator', '~')) items.push(this.#product());
    const [first] = items;
    return items.length === 1 && first !== undefined ? first : { kind: 'concat', items };
  }

  #product(): Expression {
    return this.#binary(['*', '/', '//', '%'], () => this.#binary(['**'], () => this.#unary()));
  }

  #binary(
    operators: readonly ('+' | '-' | '*' | '/' | '//' | '%' | '**')[],
    read: () => Expression,
  ): Expression {
    let left = read();
    this.chain(() => {
      const operator = operators.find((one) => this.stream.accept('operator', one));
      if (operator === undefined) return false;
      left = { kind: 'binary', operator, left, right: read() };
      return true;
    });
    return left;
  }

  #unary(withFilter = true): Expression {
    const sign = ['-', '+'].find((one) => this.stream.accept('operator', one));
    const value: Expression =
      sign === undefined
        ? this.primary()
        : { kind: sign === '-' ? 'minus' : 'plus', operand: this.stream.nested(() => this.#unary(false)) };
    const whole = this.postfix(value);
    return withFilter ? this.filtered(whole) : whole;
  }
}
