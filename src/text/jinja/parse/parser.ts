// Parses statements with the grammar of jinja's parser and of the extensions that transformers enables: `break`,
// `continue` and `generation`.

import { raise } from '../errors.ts';
import { unsupported } from '../unsupported.ts';
import { ExpressionParser } from './expression-parser.ts';
import type { Token } from './lexer.ts';
import type {
  Body,
  Branch,
  Expression,
  MacroDefinition,
  Parameter,
  Statement,
  Target,
} from './syntax-tree.ts';
import { TokenStream } from './token-stream.ts';
import { CONSTANTS } from './value-parser.ts';

const IMPLICIT_NAMES = ['caller', 'varargs', 'kwargs'];

export function parseTemplate(tokens: readonly Token[]): Body {
  return new Parser(new TokenStream(tokens)).template();
}

class Parser extends ExpressionParser {
  readonly #blocks = new Set<string>();
  /** number of open loops, for each open function: a macro hides the loops around it */
  #loops = [0];

  template(): Body {
    const body = this.#until([]);
    if (!this.stream.is('end')) this.stream.fail('expected the end');
    return body;
  }

  /** Parses statements up to the tag of one of `ends`, whose name is the current token then. */
  #until(ends: readonly string[]): Body {
    const { stream } = this;
    const body: Statement[] = [];
    for (;;) {
      if (stream.is('data')) body.push({ kind: 'text', text: stream.next().value });
      else if (stream.is('variable_begin')) {
        stream.next();
        body.push({ kind: 'print', value: this.tuple() });
        stream.expect('variable_end');
      } else if (stream.is('block_begin')) {
        stream.next();
        if (ends.length > 0 && stream.is('name', ...ends)) return body;
        body.push(...stream.nested(() => this.#statement()));
        stream.expect('block_end');
      } else {
        if (ends.length > 0) stream.fail(`expected ${ends.join(' or ')}`);
        return body;
      }
    }
  }

  /** Parses the body of a block: the rest of its tag, then statements up to one of `ends`. */
  #body(...ends: readonly string[]): Body {
    this.stream.accept('operator', ':');
    this.stream.expect('block_end');
    return this.#until(ends);
  }

  /** Parses a body and consumes the name of its end tag. */
  #bodyThrough(end: string): Body {
    const body = this.#body(end);
    this.stream.next();
    return body;
  }

  /** Parses a body that is a function, which `break` cannot leave. */
  #functionBody(end: string): Body {
    this.#loops.push(0);
    const body = this.#bodyThrough(end);
    this.#loops.pop();
    return body;
  }

  #statement(): Statement[] {
    const tag = this.stream.expect('name');
    switch (tag.value) {
      case 'if':
        return [this.#if()];
      case 'for':
        return [this.#for()];
      case 'set':
        return [this.#set()];
      case 'print':
        return this.#print();
      case 'macro':
        return [this.#macro()];
      case 'call':
        return [this.#callBlock()];
      case 'filter':
        return [
          {
            kind: 'filter-block',
            filters: [this.filter(), ...this.filters()],
            body: this.#bodyThrough('endfilter'),
          },
        ];
      case 'with':
        return [this.#with()];
      case 'block':
        return [this.#block()];
      case 'generation':
        return [{ kind: 'generation', body: this.#functionBody('endgeneration') }];
      case 'autoescape':
        return [{ kind: 'autoescape', value: this.expression(), body: this.#bodyThrough('endautoescape') }];
      case 'include':
      case 'import':
      case 'from':
      case 'extends':
        return [this.#file(tag.value)];
      case 'break':
      case 'continue':
        if (this.#loops.at(-1) === 0)
          raise('SyntaxError', `${tag.value} outside of a loop, in line ${tag.line}`);
        return [{ kind: tag.value }];
      default:
        return raise('SyntaxError', `unknown tag ${tag.value} in line ${tag.line}`);
    }
  }

  #if(): Statement {
    const branches: Branch[] = [];
    let otherwise: Body = [];
    for (let ends = ''; ends !== 'endif'; ends = this.stream.next().value) {
      if (ends === 'else') {
        otherwise = this.#body('endif');
        continue;
      }
      const test = this.tuple(false);
      branches.push({ test, body: this.#body('elif', 'else', 'endif') });
    }
    return { kind: 'if', branches, otherwise };
  }

  #for(): Statement {
    const target = this.#target(false);
    this.stream.expect('name', 'in');
    const items = this.tuple(false);
    const condition = this.stream.accept('name', 'if') ? this.expression() : undefined;
    const recursive = this.stream.accept('name', 'recursive');
    this.#openLoops(1);
    const body = this.#body('endfor', 'else');
    this.#openLoops(-1);
    const otherwise = this.stream.next().value === 'else' ? this.#bodyThrough('endfor') : [];
    return { kind: 'for', target, items, condition, recursive, body, otherwise };
  }

  #openLoops(change: number): void {
    this.#loops.push((this.#loops.pop() ?? 0) + change);
  }

  #set(): Statement {
    const target = this.#target(true);
    if (this.stream.accept('operator', '=')) return { kind: 'set', target, value: this.tuple() };
    return { kind: 'set-block', target, filters: this.filters(), body: this.#bodyThrough('endset') };
  }

  #print(): Statement[] {
    const printed: Statement[] = [];
    while (!this.stream.is('block_end')) {
      if (printed.length > 0) this.stream.expect('operator', ',');
      printed.push({ kind: 'print', value: this.expression() });
    }
    return printed;
  }

  #with(): Statement {
    const bindings: [Target, Expression][] = [];
    while (!this.stream.is('block_end')) {
      if (bindings.length > 0) this.stream.expect('operator', ',');
      const target = this.#target(false);
      this.stream.expect('operator', '=');
      bindings.push([target, this.expression()]);
    }
    return { kind: 'with', bindings, body: this.#bodyThrough('endwith') };
  }

  #macro(): Statement {
    const name = this.stream.expect('name').value;
    if (CONSTANTS.has(name)) this.stream.fail(`${name} is not a valid macro name`);
    return { kind: 'macro', macro: this.#definition(name, this.#parameters(), 'endmacro') };
  }

  #callBlock(): Statement {
    const parameters = this.stream.is('operator', '(') ? this.#parameters() : [];
    const call = this.expression();
    if (call.kind !== 'call') this.stream.fail('expected a call');
    return { kind: 'call-block', call, caller: this.#definition('caller', parameters, 'endcall') };
  }

  #definition(name: string, parameters: readonly Parameter[], end: string): MacroDefinition {
    const seen = new Set<string>();
    this.namesRead.push(seen);
    const body = this.#functionBody(end);
    this.namesRead.pop();
    const implicitNames = new Set(IMPLICIT_NAMES.filter((one) => seen.has(one)));
    return { name, parameters, body, implicitNames };
  }

  #parameters(): Parameter[] {
    const parameters: Parameter[] = [];
    this.stream.expect('operator', '(');
    while (!this.stream.accept('operator', ')')) {
      if (parameters.length > 0) this.stream.expect('operator', ',');
      const name = this.stream.expect('name').value;
      if (CONSTANTS.has(name)) this.stream.fail(`${name} is not a valid parameter name`);
      if (parameters.some((other) => other.name === name))
        this.stream.fail(`the parameter ${name} is repeated`);
      const fallback = this.stream.accept('operator', '=') ? this.expression() : undefined;
      if (fallback === undefined && parameters.at(-1)?.fallback !== undefined)
        this.stream.fail('expected a default, because an earlier parameter has one');
      parameters.push({ name, fallback });
    }
    return parameters;
  }

  #block(): Statement {
    const name = this.stream.expect('name').value;
    if (this.#blocks.has(name)) raise('SyntaxError', `the block ${name} is defined twice`);
    this.#blocks.add(name);
    const scoped = this.stream.accept('name', 'scoped');
    if (this.stream.accept('name', 'required')) unsupported('required block');
    const body = this.#functionBody('endblock');
    this.stream.accept('name', name);
    return { kind: 'block', scoped, body };
  }

  // These tags fail at run time, as in Python: a chat template has no other files.
  #file(tag: string): Statement {
    this.expression();
    while (!this.stream.is('block_end') && !this.stream.is('end')) this.stream.next();
    return { kind: 'file', tag };
  }

  #target(withMembers: boolean): Target {
    return this.#asTarget(this.tuple(false, () => this.#targetPart(withMembers)));
  }

  // Parses `ns.name`; no other suffix of a name is allowed in a target.
  #targetPart(withMembers: boolean): Expression {
    const { type, value } = this.stream.lookahead;
    if (!withMembers || !this.stream.is('name') || type !== 'operator' || value !== '.')
      return this.primary();
    const name = this.stream.next().value;
    this.stream.next();
    return { kind: 'attribute', object: { kind: 'name', name }, name: this.stream.expect('name').value };
  }

  #asTarget(parsed: Expression): Target {
    if (parsed.kind === 'name') return parsed;
    if (parsed.kind === 'attribute' && parsed.object.kind === 'name')
      return { kind: 'member', object: parsed.object.name, name: parsed.name };
    if (parsed.kind === 'tuple')
      return { kind: 'targets', items: parsed.items.map((item) => this.#asTarget(item)) };
    return this.stream.fail('expected a name to assign to, before this');
  }
}
