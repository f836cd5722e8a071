// Parses expressions with the grammar and precedence of jinja's parser: inline if, or, and, not, comparisons, + and -, ~,
// * / // %, **, signs, and suffixes (attributes, items, calls, filters, tests).

import type { Comparator, Comparison, Expression } from './syntax-tree.ts';
import { ValueParser } from './value-parser.ts';

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];

export class ExpressionParser extends ValueParser {
  parseExpression(allowConditional = true): Expression {
    return this.stream.parseNested(() => (allowConditional ? this.#parseConditional() : this.#parseOr()));
  }

  /** Parses comma-separated expressions without parentheses; one expression without a comma is not a tuple. */
  parseTuple(
    allowConditional = true,
    parseItem: () => Expression = () => this.parseExpression(allowConditional),
  ): Expression {
    const items: Expression[] = [];
    let hasComma = false;
    while (!this.#endsTuple()) {
      items.push(parseItem());
      if (!this.stream.accept('operator', ',')) break;
      hasComma = true;
    }
    const [first] = items;
    if (first === undefined) this.stream.fail('expected an expression');
    return hasComma ? { kind: 'tuple', items } : first;
  }

  #endsTuple(): boolean {
    return (
      this.stream.isAt('variable_end') || this.stream.isAt('block_end') || this.stream.isAt('operator', ')')
    );
  }

  #parseConditional(): Expression {
    let value = this.#parseOr();
    this.repeat(() => {
      if (!this.stream.accept('name', 'if')) return false;
      const test = this.#parseOr();
      const elseValue = this.stream.accept('name', 'else') ? this.parseExpression() : undefined;
      value = { kind: 'conditional', test, value, elseValue };
      return true;
    });
    return value;
  }

  #parseOr(): Expression {
    let left = this.#parseAnd();
    this.repeat(() => {
      if (!this.stream.accept('name', 'or')) return false;
      left = { kind: 'or', left, right: this.#parseAnd() };
      return true;
    });
    return left;
  }

  #parseAnd(): Expression {
    let left = this.#parseNot();
    this.repeat(() => {
      if (!this.stream.accept('name', 'and')) return false;
      left = { kind: 'and', left, right: this.#parseNot() };
      return true;
    });
    return left;
  }

  #parseNot(): Expression {
    if (!this.stream.accept('name', 'not')) return this.#parseCompare();
    return { kind: 'not', operand: this.stream.parseNested(() => this.#parseNot()) };
  }

  #parseCompare(): Expression {
    const first = this.#parseSum();
    const comparisons: Comparison[] = [];
    for (let operator = this.#parseComparator(); operator !== undefined; operator = this.#parseComparator())
      comparisons.push({ operator, operand: this.#parseSum() });
    return comparisons.length === 0 ? first : { kind: 'compare', first, comparisons };
  }

  #parseComparator(): Comparator | undefined {
    const { stream } = this;
    if (stream.isAt('operator', ...COMPARISONS)) return stream.next().value as Comparator;
    if (stream.accept('name', 'in')) return 'in';
    const { type, value } = stream.lookahead;
    if (!stream.isAt('name', 'not') || type !== 'name' || value !== 'in') return undefined;
    stream.next();
    stream.next();
    return 'not in';
  }

  #parseSum(): Expression {
    return this.#parseBinary(['+', '-'], () => this.#parseConcat());
  }

  #parseConcat(): Expression {
    const items = [this.#parseProduct()];
    while (this.stream.accept('operator', '~')) items.push(this.#parseProduct());
    const [first] = items;
    return items.length === 1 && first !== undefined ? first : { kind: 'concat', items };
  }

  #parseProduct(): Expression {
    return this.#parseBinary(['*', '/', '//', '%'], () =>
      this.#parseBinary(['**'], () => this.#parseUnary()),
    );
  }

  #parseBinary(
    operators: readonly ('+' | '-' | '*' | '/' | '//' | '%' | '**')[],
    parseItem: () => Expression,
  ): Expression {
    let left = parseItem();
    this.repeat(() => {
      const operator = operators.find((symbol) => this.stream.accept('operator', symbol));
      if (operator === undefined) return false;
      left = { kind: 'binary', operator, left, right: parseItem() };
      return true;
    });
    return left;
  }

  #parseUnary(withFilter = true): Expression {
    const sign = ['-', '+'].find((symbol) => this.stream.accept('operator', symbol));
    const value: Expression =
      sign === undefined
        ? this.parsePrimary()
        : {
            kind: sign === '-' ? 'minus' : 'plus',
            operand: this.stream.parseNested(() => this.#parseUnary(false)),
          };
    const expression = this.parsePostfix(value);
    return withFilter ? this.parseFilterSuffixes(expression) : expression;
  }
}
