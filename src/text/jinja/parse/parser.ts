// Parses statements with the grammar of jinja's parser and of the extensions that transformers enables: `break`,
// `continue` and `generation`.

import { raise } from '../errors.ts';
import { raiseUnsupported } from '../unsupported.ts';
import { ExpressionParser } from './expression-parser.ts';
import type { Token } from './lexer.ts';
import type {
  AssignmentTarget,
  Body,
  ConditionalBranch,
  Expression,
  MacroDefinition,
  MacroParameter,
  Statement,
} from './syntax-tree.ts';
import { TokenStream } from './token-stream.ts';
import { CONSTANTS } from './value-parser.ts';

const IMPLICIT_NAMES = ['caller', 'varargs', 'kwargs'];

export function parseTemplate(tokens: readonly Token[]): Body {
  return new Parser(new TokenStream(tokens)).parseTemplate();
}

class Parser extends ExpressionParser {
  readonly #blockNames = new Set<string>();
  /** number of open loops of each open function: `break` in a macro cannot end a loop outside the macro */
  #loopCounts = [0];

  parseTemplate(): Body {
    const body = this.#parseUntil([]);
    if (!this.stream.isAt('end')) this.stream.fail('expected the end');
    return body;
  }

  /** Parses statements up to a tag whose name is one of `ends`; that name is then the current token. */
  #parseUntil(ends: readonly string[]): Body {
    const { stream } = this;
    const body: Statement[] = [];
    for (;;) {
      if (stream.isAt('data')) body.push({ kind: 'text', text: stream.next().value });
      else if (stream.isAt('variable_begin')) {
        stream.next();
        body.push({ kind: 'print', value: this.parseTuple() });
        stream.expect('variable_end');
      } else if (stream.isAt('block_begin')) {
        stream.next();
        if (ends.length > 0 && stream.isAt('name', ...ends)) return body;
        body.push(...stream.parseNested(() => this.#parseStatement()));
        stream.expect('block_end');
      } else {
        if (ends.length > 0) stream.fail(`expected ${ends.join(' or ')}`);
        return body;
      }
    }
  }

  /** Parses the end of a block's opening tag, then statements up to one of `ends`. */
  #parseBody(...ends: readonly string[]): Body {
    this.stream.accept('operator', ':');
    this.stream.expect('block_end');
    return this.#parseUntil(ends);
  }

  /** Parses a body and consumes the name of its end tag. */
  #parseBodyThrough(end: string): Body {
    const body = this.#parseBody(end);
    this.stream.next();
    return body;
  }

  /** Parses a body that is compiled to a function: `break` in it cannot end a loop outside it. */
  #parseFunctionBody(end: string): Body {
    this.#loopCounts.push(0);
    const body = this.#parseBodyThrough(end);
    this.#loopCounts.pop();
    return body;
  }

  #parseStatement(): Statement[] {
    const tag = this.stream.expect('name');
    switch (tag.value) {
      case 'if':
        return [this.#parseIf()];
      case 'for':
        return [this.#parseFor()];
      case 'set':
        return [this.#parseSet()];
      case 'print':
        return this.#parsePrint();
      case 'macro':
        return [this.#parseMacro()];
      case 'call':
        return [this.#parseCallBlock()];
      case 'filter':
        return [
          {
            kind: 'filter-block',
            filters: [this.parseFilter(), ...this.parseFilters()],
            body: this.#parseBodyThrough('endfilter'),
          },
        ];
      case 'with':
        return [this.#parseWith()];
      case 'block':
        return [this.#parseBlock()];
      case 'generation':
        return [{ kind: 'generation', body: this.#parseFunctionBody('endgeneration') }];
      case 'autoescape':
        return [
          {
            kind: 'autoescape',
            value: this.parseExpression(),
            body: this.#parseBodyThrough('endautoescape'),
          },
        ];
      case 'include':
      case 'import':
      case 'from':
      case 'extends':
        return [this.#parseFile(tag.value)];
      case 'break':
      case 'continue':
        if (this.#loopCounts.at(-1) === 0)
          raise('SyntaxError', `${tag.value} outside of a loop, in line ${tag.line}`);
        return [{ kind: tag.value }];
      default:
        return raise('SyntaxError', `unknown tag ${tag.value} in line ${tag.line}`);
    }
  }

  #parseIf(): Statement {
    const branches: ConditionalBranch[] = [];
    let elseBody: Body = [];
    for (let ends = ''; ends !== 'endif'; ends = this.stream.next().value) {
      if (ends === 'else') {
        elseBody = this.#parseBody('endif');
        continue;
      }
      const test = this.parseTuple(false);
      branches.push({ test, body: this.#parseBody('elif', 'else', 'endif') });
    }
    return { kind: 'if', branches, elseBody };
  }

  #parseFor(): Statement {
    const target = this.#parseTarget(false);
    this.stream.expect('name', 'in');
    const items = this.parseTuple(false);
    const condition = this.stream.accept('name', 'if') ? this.parseExpression() : undefined;
    const isRecursive = this.stream.accept('name', 'recursive');
    this.#changeLoopCount(1);
    const body = this.#parseBody('endfor', 'else');
    this.#changeLoopCount(-1);
    const elseBody = this.stream.next().value === 'else' ? this.#parseBodyThrough('endfor') : [];
    return { kind: 'for', target, items, condition, isRecursive, body, elseBody };
  }

  #changeLoopCount(change: number): void {
    this.#loopCounts.push((this.#loopCounts.pop() ?? 0) + change);
  }

  #parseSet(): Statement {
    const target = this.#parseTarget(true);
    if (this.stream.accept('operator', '=')) return { kind: 'set', target, value: this.parseTuple() };
    return {
      kind: 'set-block',
      target,
      filters: this.parseFilters(),
      body: this.#parseBodyThrough('endset'),
    };
  }

  #parsePrint(): Statement[] {
    const statements: Statement[] = [];
    while (!this.stream.isAt('block_end')) {
      if (statements.length > 0) this.stream.expect('operator', ',');
      statements.push({ kind: 'print', value: this.parseExpression() });
    }
    return statements;
  }

  #parseWith(): Statement {
    const bindings: [AssignmentTarget, Expression][] = [];
    while (!this.stream.isAt('block_end')) {
      if (bindings.length > 0) this.stream.expect('operator', ',');
      const target = this.#parseTarget(false);
      this.stream.expect('operator', '=');
      bindings.push([target, this.parseExpression()]);
    }
    return { kind: 'with', bindings, body: this.#parseBodyThrough('endwith') };
  }

  #parseMacro(): Statement {
    const name = this.stream.expect('name').value;
    if (CONSTANTS.has(name)) this.stream.fail(`${name} is not a valid macro name`);
    return { kind: 'macro', macro: this.#parseDefinition(name, this.#parseParameters(), 'endmacro') };
  }

  #parseCallBlock(): Statement {
    const parameters = this.stream.isAt('operator', '(') ? this.#parseParameters() : [];
    const call = this.parseExpression();
    if (call.kind !== 'call') this.stream.fail('expected a call');
    return { kind: 'call-block', call, caller: this.#parseDefinition('caller', parameters, 'endcall') };
  }

  #parseDefinition(name: string, parameters: readonly MacroParameter[], end: string): MacroDefinition {
    const namesRead = new Set<string>();
    this.namesRead.push(namesRead);
    const body = this.#parseFunctionBody(end);
    this.namesRead.pop();
    const implicitNames = new Set(IMPLICIT_NAMES.filter((implicitName) => namesRead.has(implicitName)));
    return { name, parameters, body, implicitNames };
  }

  #parseParameters(): MacroParameter[] {
    const parameters: MacroParameter[] = [];
    this.stream.expect('operator', '(');
    while (!this.stream.accept('operator', ')')) {
      if (parameters.length > 0) this.stream.expect('operator', ',');
      const name = this.stream.expect('name').value;
      if (CONSTANTS.has(name)) this.stream.fail(`${name} is not a valid parameter name`);
      if (parameters.some((other) => other.name === name))
        this.stream.fail(`the parameter ${name} is repeated`);
      const fallback = this.stream.accept('operator', '=') ? this.parseExpression() : undefined;
      if (fallback === undefined && parameters.at(-1)?.fallback !== undefined)
        this.stream.fail('expected a default, because an earlier parameter has one');
      parameters.push({ name, fallback });
    }
    return parameters;
  }

  #parseBlock(): Statement {
    const name = this.stream.expect('name').value;
    if (this.#blockNames.has(name)) raise('SyntaxError', `the block ${name} is defined twice`);
    this.#blockNames.add(name);
    const isScoped = this.stream.accept('name', 'scoped');
    if (this.stream.accept('name', 'required')) raiseUnsupported('required block');
    const body = this.#parseFunctionBody('endblock');
    this.stream.accept('name', name);
    return { kind: 'block', isScoped, body };
  }

  // As in Python, these tags fail at run time: a chat template cannot use other files.
  #parseFile(tag: string): Statement {
    this.parseExpression();
    while (!this.stream.isAt('block_end') && !this.stream.isAt('end')) this.stream.next();
    return { kind: 'file', tag };
  }

  #parseTarget(withMembers: boolean): AssignmentTarget {
    return this.#toTarget(this.parseTuple(false, () => this.#parseTargetPart(withMembers)));
  }

  // Parses `ns.name`; no other suffix of a name is allowed in a target.
  #parseTargetPart(withMembers: boolean): Expression {
    const { type, value } = this.stream.lookahead;
    if (!withMembers || !this.stream.isAt('name') || type !== 'operator' || value !== '.')
      return this.parsePrimary();
    const name = this.stream.next().value;
    this.stream.next();
    return { kind: 'attribute', object: { kind: 'name', name }, name: this.stream.expect('name').value };
  }

  #toTarget(parsed: Expression): AssignmentTarget {
    if (parsed.kind === 'name') return parsed;
    if (parsed.kind === 'attribute' && parsed.object.kind === 'name')
      return { kind: 'member', object: parsed.object.name, name: parsed.name };
    if (parsed.kind === 'tuple')
      return { kind: 'targets', items: parsed.items.map((item) => this.#toTarget(item)) };
    return this.stream.fail('expected a name to assign to, before this');
  }
}
