// Runs a template as Python's jinja does. The jinja library reads templates and runs most of them; this is
// its interpreter with what it does differently put right, because models' templates rely on it:
// variables set in a loop last for one round, `break` and `continue` keep what was printed before them, a
// loop over something undefined has no rounds, printing and comparing are Python's, and so are the methods
// of strings. Guard marks stay unseen (marked-text.ts).
//
// Left as it is, and known: no `{% raw %}`, no `{%+`, no test with arguments after `is`; macros see the
// variables of their caller; what is wrong in Python (an attribute of something undefined, a text plus a
// number) is not always refused.

import type { Arguments } from './arguments.ts';
import { FILTERS } from './filters.ts';
import { Environment, Interpreter, type Scope } from './library.ts';
import { LoopExit, loopValue } from './loop.ts';
import type { MarkedText } from './marked-text.ts';
import {
  type Binary,
  type Block,
  type Call,
  type FilterBlock,
  type Filtered,
  type For,
  filterParts,
  type Held,
  held,
  type Identifier,
  type If,
  type Member,
  type NamedArgument,
  type Node,
  programOf,
  type Select,
  type SetStatement,
  type SpreadArgument,
  type Tested,
  type Tuple,
} from './nodes.ts';
import { STRING_METHODS } from './string-methods.ts';
import { contains, runTest } from './value-tests.ts';
import {
  booleanValue,
  isDict,
  isEqual,
  isInteger,
  isList,
  isString,
  isTrue,
  isUndefined,
  itemsOf,
  listValue,
  str,
  stringValue,
  toValue,
  typeName,
  UNDEFINED,
  type Value,
} from './values.ts';

/** Statements that print nothing, whatever the library gives for them. */
const SILENT: ReadonlySet<string> = new Set(['Set', 'Macro', 'Comment']);

export class TemplateInterpreter extends Interpreter {
  readonly #marked: MarkedText;

  constructor(globals: Scope, marked: MarkedText) {
    super(globals);
    this.#marked = marked;
  }

  override evaluate(node: Node | undefined, scope: Scope): Value {
    switch (node?.type) {
      case 'Held':
        return (node as Held).held;
      case 'Program':
        return this.#print((node as Block).body, scope);
      case 'If':
        return this.#if(node as If, scope);
      case 'For':
        return this.#for(node as For, scope);
      case 'Break':
        throw new LoopExit('break');
      case 'Continue':
        throw new LoopExit('continue');
      case 'Set':
        return this.#set(node as SetStatement, scope);
      case 'Macro':
      case 'CallStatement':
        return super.evaluate(withBody(node as Block, [programOf((node as Block).body)]), scope);
      case 'FilterStatement':
        return this.#filterBlock(node as FilterBlock, scope);
      case 'FilterExpression':
        return this.#filter(node as Filtered, scope);
      case 'TestExpression':
        return this.#test(node as Tested, scope);
      case 'BinaryExpression':
        return this.#binary(node as Binary, scope);
      case 'MemberExpression':
        return this.#member(node as Member, scope);
      case 'CallExpression':
        return this.#call(node as Call, scope);
      default:
        return super.evaluate(node, scope);
    }
  }

  #print(statements: readonly Node[], scope: Scope): Value {
    let printed = '';
    try {
      for (const statement of statements) {
        const value = this.evaluate(statement, scope);
        if (!SILENT.has(statement.type)) printed += str(value);
      }
    } catch (error) {
      if (error instanceof LoopExit) error.printed = printed + error.printed;
      throw error;
    }
    return stringValue(printed);
  }

  #if(node: If, scope: Scope): Value {
    const holds = isTrue(this.evaluate(node.test, scope));
    return this.#print(holds ? node.body : node.alternate, scope);
  }

  #for(node: For, scope: Scope): Value {
    const items = this.#loopItems(node, scope);
    let printed = '';
    // As in jinja, a round that ended with `continue` does not count for `else`.
    let finished = false;
    for (const [index, item] of items.entries()) {
      const round = new Environment(scope);
      bindItem(round, node.loopvar, item);
      round.setVariable('loop', loopValue(items, index));
      try {
        printed += str(this.#print(node.body, round));
      } catch (error) {
        if (!(error instanceof LoopExit)) throw error;
        printed += error.printed;
        if (error.kind === 'break') break;
        continue;
      }
      finished = true;
    }
    if (!finished) printed += str(this.#print(node.defaultBlock, new Environment(scope)));
    return stringValue(printed);
  }

  #loopItems({ iterable, loopvar }: For, scope: Scope): readonly Value[] {
    const select = iterable.type === 'SelectExpression' ? (iterable as Select) : undefined;
    const items = itemsOf(this.evaluate(select?.lhs ?? iterable, scope), this.#marked.characters);
    if (select === undefined) return items;
    return items.filter((item) => {
      const round = new Environment(scope);
      bindItem(round, loopvar, item);
      return isTrue(this.evaluate(select.test, round));
    });
  }

  #set(node: SetStatement, scope: Scope): Value {
    if (node.value !== null) return super.evaluate(node, scope);
    const set: SetStatement = { ...node, body: [], value: held(this.#print(node.body, scope)) };
    return super.evaluate(set, scope);
  }

  #filterBlock(node: FilterBlock, scope: Scope): Value {
    return this.#applyFilter(this.#print(node.body, scope), node.filter, scope);
  }

  #filter(node: Filtered, scope: Scope): Value {
    return this.#applyFilter(this.evaluate(node.operand, scope), node.filter, scope);
  }

  #applyFilter(value: Value, filter: Identifier | Call, scope: Scope): Value {
    const { name, args } = filterParts(filter);
    if (!FILTERS.has(name)) return this.#libraryFilter(value, filter, scope);
    return this.#ownFilter(name, value, this.#arguments(args, scope), scope);
  }

  #ownFilter(name: string, value: Value, given: Arguments, scope: Scope): Value {
    const own = FILTERS.get(name);
    if (own === undefined) {
      const callee = { type: 'Identifier', value: name };
      const args = given.positional.map(held);
      const filter = args.length === 0 ? callee : { type: 'CallExpression', callee, args };
      return this.#libraryFilter(value, filter, scope);
    }
    const apply = (other: string, item: Value, rest: Arguments): Value =>
      this.#ownFilter(other, item, rest, scope);
    return own(value, given, { marked: this.#marked, apply });
  }

  #libraryFilter(value: Value, filter: Identifier | Call, scope: Scope): Value {
    const { name } = filterParts(filter);
    if (name === 'tojson' && isUndefined(value)) throw new Error('what is undefined has no JSON');
    const node = { type: 'FilterExpression', operand: held(value), filter };
    const result = super.evaluate(node, scope);
    return name === 'tojson' ? stringValue(this.#marked.unescape(str(result))) : result;
  }

  #test({ operand, test, negate }: Tested, scope: Scope): Value {
    const holds = runTest(test.value, this.evaluate(operand, scope), undefined, this.#marked);
    return booleanValue(holds !== negate);
  }

  #binary(node: Binary, scope: Scope): Value {
    const operator = node.operator.value;
    if (operator === 'and' || operator === 'or') return super.evaluate(node, scope);
    const left = this.evaluate(node.left, scope);
    const right = this.evaluate(node.right, scope);
    switch (operator) {
      case '==':
        return booleanValue(isEqual(left, right, this.#marked.clean));
      case '!=':
        return booleanValue(!isEqual(left, right, this.#marked.clean));
      case 'in':
        return booleanValue(contains(right, left, this.#marked));
      case 'not in':
        return booleanValue(!contains(right, left, this.#marked));
      case '~':
        return stringValue(str(left) + str(right));
      case '%':
        if (isInteger(left) && isInteger(right)) return toValue(modulo(left.value, right.value));
    }
    const evaluated: Binary = { ...node, left: held(left), right: held(right) };
    return super.evaluate(evaluated, scope);
  }

  #member(node: Member, scope: Scope): Value {
    const object = this.evaluate(node.object, scope);
    if (!isString(object) || !node.computed) return this.#libraryMember(node, object, scope);
    const characters = listValue(this.#marked.characters(object.value).map(stringValue));
    const found = this.#libraryMember(node, characters, scope);
    return isList(found) ? stringValue(found.value.map(str).join('')) : found;
  }

  #libraryMember(node: Member, object: Value, scope: Scope): Value {
    const evaluated: Member = { ...node, object: held(object) };
    return super.evaluate(evaluated, scope);
  }

  #call(node: Call, scope: Scope): Value {
    if (node.callee.type !== 'MemberExpression') return super.evaluate(node, scope);
    const callee = node.callee as Member;
    const object = this.evaluate(callee.object, scope);
    const name = callee.computed ? '' : (callee.property as Identifier).value;
    const method = isString(object) ? STRING_METHODS.get(name) : undefined;
    if (method !== undefined) return method(str(object), this.#arguments(node.args, scope), this.#marked);
    // A dictionary's own methods, also where it has a key of that name.
    const own = isDict(object) ? object.builtins.get(name) : undefined;
    const evaluated: Member = { ...callee, object: held(object) };
    const call: Call = { ...node, callee: own === undefined ? evaluated : held(own) };
    return super.evaluate(call, scope);
  }

  // What is given by place is evaluated before what is given by name, as in Python.
  #arguments(args: readonly Node[], scope: Scope): Arguments {
    const positional: Value[] = [];
    const named = new Map<string, Value>();
    for (const arg of args) {
      if (arg.type === 'SpreadExpression') {
        const value = this.evaluate((arg as SpreadArgument).argument, scope);
        for (const item of itemsOf(value, this.#marked.characters)) positional.push(item);
      } else if (arg.type === 'KeywordArgumentExpression') {
        named.set((arg as NamedArgument).key.value, this.evaluate((arg as NamedArgument).value, scope));
      } else if (arg.type === 'KeywordSpreadExpression') {
        const value = this.evaluate((arg as SpreadArgument).argument, scope);
        if (isDict(value)) for (const [key, item] of value.value) named.set(key, item);
      } else {
        positional.push(this.evaluate(arg, scope));
      }
    }
    return { positional, named };
  }
}

const modulo = (value: number, by: number): number => {
  if (by === 0) throw new Error('division by zero');
  return ((value % by) + by) % by;
};

const withBody = (node: Block, body: readonly Node[]): Block => ({ ...node, body });

function bindItem(scope: Scope, target: Node, item: Value): void {
  if (target.type === 'Identifier') {
    scope.setVariable((target as Identifier).value, item);
    return;
  }
  const names = (target as Tuple).value;
  if (!isList(item)) throw new Error(`a ${typeName(item)} cannot be unpacked into ${names.length} variables`);
  if (item.value.length !== names.length)
    throw new Error(`${item.value.length} items cannot be unpacked into ${names.length} variables`);
  names.forEach(({ value: name }, index) => {
    scope.setVariable(name, item.value[index] ?? UNDEFINED);
  });
}
