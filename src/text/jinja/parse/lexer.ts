// Splits the source of a template into tokens as jinja's lexer does with `trim_blocks` and `lstrip_blocks`: text between
// tags, tag delimiters, and the tokens inside tags. The lexer removes the white space that tags strip.

import { isPythonSpace, trimSpace } from '../../white-space.ts';
import { raise } from '../errors.ts';
import { MAX_DIGITS, normalizeInt } from '../values/numbers.ts';
import type { Int } from '../values/values.ts';
import { parseStringLiteral } from './string-literal.ts';

export type TokenType =
  | 'data'
  | 'variable_begin'
  | 'variable_end'
  | 'block_begin'
  | 'block_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'end';

export interface Token {
  readonly type: TokenType;
  /** a name, an operator, or a string without quotes and with escapes decoded */
  readonly value: string;
  /** the value of an integer or float */
  readonly number?: Int;
  readonly line: number;
}

// White space by Python's definition.
const SPACES = String.raw`[\p{White_Space}\x1c-\x1f]`;
const BLOCK_END_SOURCE = String.raw`(?:\+%\}|-%\}${SPACES}*|%\}\n?)`;

// Sticky patterns, which are matched at the current offset.
const SPACE = new RegExp(`${SPACES}+`, 'uy');
const FLOAT =
  /(?<!\.)(?:[0-9]+_)*[0-9]+(?:(?:\.(?:[0-9]+_)*[0-9]+)?e[+-]?(?:[0-9]+_)*[0-9]+|\.(?:[0-9]+_)*[0-9]+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{N}\p{M}\p{Pc}\u00b7]+/uy;
const STRING = /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const OPERATOR = /\*\*|\/\/|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const BLOCK_END = new RegExp(BLOCK_END_SOURCE, 'uy');
const VARIABLE_END = new RegExp(String.raw`-\}\}${SPACES}*|\}\}`, 'uy');
const RAW = new RegExp(String.raw`\{%[-+]?${SPACES}*raw${SPACES}*(?:-%\}${SPACES}*|%\})`, 'uy');

// Global patterns: their first match after the current offset is used.
const COMMENT_END = new RegExp(String.raw`\+#\}|-#\}${SPACES}*|#\}\n?`, 'gu');
const RAW_END = new RegExp(String.raw`\{%([-+]?)${SPACES}*endraw${SPACES}*${BLOCK_END_SOURCE}`, 'gu');

const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const CLOSING_BRACKETS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

export function tokenize(source: string): Token[] {
  return new Lexer(source.replace(/\r\n?/g, '\n').replace(/\n$/, '')).tokenize();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #offset = 0;
  #line = 1;
  #isAtLineStart = true;
  /** offset of the end of the current line */
  #currentLineEnd: number;

  constructor(source: string) {
    this.#source = source;
    this.#currentLineEnd = this.#findLineEnd(0);
  }

  tokenize(): Token[] {
    while (this.#offset < this.#source.length) this.#readText();
    this.#add('end', '');
    return this.#tokens;
  }

  /** Reads the text before the next tag, and the tag. */
  #readText(): void {
    const tag = this.#findTag();
    if (tag < 0) {
      this.#addData(this.#source.slice(this.#offset));
      this.#moveTo(this.#source.length);
      return;
    }
    const kind = this.#source.charAt(tag + 1);
    RAW.lastIndex = tag;
    const raw = kind === '%' ? RAW.exec(this.#source) : null;
    const sign = /[-+]/.exec(this.#source.charAt(tag + 2))?.[0] ?? '';
    this.#addData(this.#stripBeforeTag(this.#source.slice(this.#offset, tag), sign, kind !== '{'));
    this.#moveTo(raw === null ? tag + 2 + sign.length : RAW.lastIndex);
    if (raw !== null) this.#readRaw();
    else if (kind === '#') this.#readComment();
    else this.#readTag(kind === '{');
  }

  /** Returns the offset of the next tag; -1 if there is none. */
  #findTag(): number {
    for (let at = this.#source.indexOf('{', this.#offset); at >= 0; at = this.#source.indexOf('{', at + 1)) {
      if ('{%#'.includes(this.#source.charAt(at + 1)) && at + 1 < this.#source.length) return at;
    }
    return -1;
  }

  /** Returns the text before a tag without the white space that the tag strips. */
  #stripBeforeTag(text: string, sign: string, stripsIndentation: boolean): string {
    const contentEnd = trimSpace(text, false, true, isPythonSpace).length;
    if (sign === '-') return text.slice(0, contentEnd);
    if (sign === '+' || !stripsIndentation) return text;
    const lineStart = text.lastIndexOf('\n') + 1;
    return (lineStart > 0 || this.#isAtLineStart) && contentEnd <= lineStart
      ? text.slice(0, lineStart)
      : text;
  }

  #readComment(): void {
    COMMENT_END.lastIndex = this.#offset;
    if (COMMENT_END.exec(this.#source) === null) raise('SyntaxError', 'a comment is not closed');
    this.#moveTo(COMMENT_END.lastIndex);
  }

  #readRaw(): void {
    RAW_END.lastIndex = this.#offset;
    const end = RAW_END.exec(this.#source);
    if (end === null) raise('SyntaxError', 'a raw block is not closed');
    this.#addData(this.#stripBeforeTag(this.#source.slice(this.#offset, end.index), end[1] ?? '', true));
    this.#moveTo(RAW_END.lastIndex);
  }

  #readTag(isVariable: boolean): void {
    this.#add(isVariable ? 'variable_begin' : 'block_begin', '');
    const openBrackets: string[] = [];
    for (;;) {
      if (this.#offset >= this.#source.length)
        raise('SyntaxError', `the tag in line ${this.#line} is not closed`);
      if (openBrackets.length === 0 && this.#match(isVariable ? VARIABLE_END : BLOCK_END) !== undefined)
        break;
      this.#readToken(openBrackets);
    }
    this.#add(isVariable ? 'variable_end' : 'block_end', '');
  }

  #readToken(openBrackets: string[]): void {
    if (this.#match(SPACE) !== undefined) return;
    const float = this.#match(FLOAT);
    if (float !== undefined) {
      this.#tokens.push({ ...this.#createToken('float', float), number: Number(float.replaceAll('_', '')) });
      return;
    }
    const integer = this.#match(INTEGER);
    if (integer !== undefined) {
      const digits = integer.replaceAll('_', '');
      if (digits.length > MAX_DIGITS) raise('SyntaxError', 'a number has too many digits');
      this.#tokens.push({
        ...this.#createToken('integer', integer),
        number: normalizeInt(BigInt(digits.toLowerCase())),
      });
      return;
    }
    const name = this.#match(NAME);
    if (name !== undefined) {
      if (!IDENTIFIER.test(name)) raise('SyntaxError', `${name} is not a valid name, in line ${this.#line}`);
      this.#add('name', name);
      return;
    }
    const string = this.#match(STRING);
    if (string !== undefined) this.#add('string', parseStringLiteral(string.slice(1, -1)));
    else this.#readOperator(openBrackets);
  }

  #readOperator(openBrackets: string[]): void {
    const operator = this.#match(OPERATOR);
    if (operator === undefined)
      raise(
        'SyntaxError',
        `unexpected ${JSON.stringify(this.#source.charAt(this.#offset))} in line ${this.#line}`,
      );
    const closing = CLOSING_BRACKETS[operator];
    if (closing !== undefined) openBrackets.push(closing);
    else if (')]}'.includes(operator) && openBrackets.pop() !== operator)
      raise('SyntaxError', `unexpected ${operator} in line ${this.#line}`);
    this.#add('operator', operator);
  }

  /** Consumes and returns the match of `pattern` at the current offset; undefined if it does not match. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const matched = pattern.exec(this.#source)?.[0];
    if (matched !== undefined) this.#moveTo(this.#offset + matched.length);
    return matched;
  }

  #moveTo(at: number): void {
    while (this.#currentLineEnd < at) {
      this.#line++;
      this.#currentLineEnd = this.#findLineEnd(this.#currentLineEnd + 1);
    }
    if (at > this.#offset) this.#isAtLineStart = this.#source.charAt(at - 1) === '\n';
    this.#offset = at;
  }

  #findLineEnd(from: number): number {
    const end = this.#source.indexOf('\n', from);
    return end < 0 ? this.#source.length : end;
  }

  #addData(text: string): void {
    if (text !== '') this.#add('data', text);
  }

  #createToken(type: TokenType, value: string): Token {
    return { type, value, line: this.#line };
  }

  #add(type: TokenType, value: string): void {
    this.#tokens.push(this.#createToken(type, value));
  }
}
