// The token stream of the parser.

import { MAX_NESTING } from '../budget.ts';
import { raise } from '../errors.ts';
import type { Token, TokenType } from './lexer.ts';

export class TokenStream {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.#tokens[this.#index] ?? END;
  }

  get lookahead(): Token {
    return this.#tokens[this.#index + 1] ?? END;
  }

  next(): Token {
    const token = this.current;
    this.#index++;
    return token;
  }

  /** Returns whether the current token has the type and, if any are given, one of the values. */
  isAt(type: TokenType, ...values: readonly string[]): boolean {
    const { current } = this;
    return current.type === type && (values.length === 0 || values.includes(current.value));
  }

  /** Consumes the current token if it has the type and value; returns whether it has. */
  accept(type: TokenType, value: string): boolean {
    const isMatch = this.isAt(type, value);
    if (isMatch) this.#index++;
    return isMatch;
  }

  /** Consumes and returns the current token. Raises an error if it has another type or value. */
  expect(type: TokenType, value?: string): Token {
    if (this.current.type === type && (value === undefined || this.current.value === value))
      return this.next();
    return this.fail(`expected ${value ?? type.replace('_', ' ')}`);
  }

  fail(message: string): never {
    const { type, value, line } = this.current;
    raise('SyntaxError', `${message}, not ${value === '' ? type.replace('_', ' ') : value}, in line ${line}`);
  }

  /** Runs a recursive rule of the grammar. Raises an error if rules are nested too deeply. */
  parseNested<T>(parse: () => T): T {
    if (++this.#depth > MAX_NESTING)
      raise('SyntaxError', `line ${this.current.line} nests deeper than ${MAX_NESTING} levels`);
    const parsed = parse();
    this.#depth--;
    return parsed;
  }
}

const END: Token = { type: 'end', value: '', line: 0 };
