// The token stream of the parser.

import { MAX_NESTING } from '../budget.ts';
import { raise } from '../errors.ts';
import type { Token, TokenType } from './lexer.ts';

export class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  get lookahead(): Token {
    return this.#tokens[this.#at + 1] ?? END;
  }

  next(): Token {
    const token = this.current;
    this.#at++;
    return token;
  }

  is(type: TokenType, ...values: readonly string[]): boolean {
    const { current } = this;
    return current.type === type && (values.length === 0 || values.includes(current.value));
  }

  /** Consumes the current token if it is this one. */
  accept(type: TokenType, value: string): boolean {
    const found = this.is(type, value);
    if (found) this.#at++;
    return found;
  }

  /** Consumes the current token, which must be this one. */
  expect(type: TokenType, value?: string): Token {
    if (this.current.type === type && (value === undefined || this.current.value === value))
      return this.next();
    return this.fail(`expected ${value ?? type.replace('_', ' ')}`);
  }

  fail(what: string): never {
    const { type, value, line } = this.current;
    raise('SyntaxError', `${what}, not ${value === '' ? type.replace('_', ' ') : value}, in line ${line}`);
  }

  /** Runs a recursive rule of the grammar, and limits the depth. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_NESTING)
      raise('SyntaxError', `line ${this.current.line} nests deeper than ${MAX_NESTING} levels`);
    const parsed = parse();
    this.#depth--;
    return parsed;
  }
}

const END: Token = { type: 'end', value: '', line: 0 };
