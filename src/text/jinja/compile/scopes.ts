// Which names a body leaves undefined until it sets them. jinja decides that for each block before anything runs: a name that
// a block stores before it reads it is the block's own from its start, so that a loop or a macro before the `set` sees
// nothing, and not what the caller gave under that name. Names that branches of an `if` store are not.

import type {
  Body,
  Branch,
  CallArguments,
  Expression,
  MacroDefinition,
  Statement,
  Target,
} from '../parse/syntax-tree.ts';

type Origin = 'looked-up' | 'undefined' | 'given' | 'around';

/** The names of one block, or of one branch in it, which sees those that came before the branch. */
class Names {
  readonly #around: Names | undefined;
  readonly #before: Names | undefined;
  readonly #origins = new Map<string, Origin>();
  readonly #stored = new Set<string>();

  constructor(around?: Names, before?: Names) {
    this.#around = around;
    this.#before = before;
  }

  get undefinedAtStart(): Set<string> {
    return new Set([...this.#origins].flatMap(([name, origin]) => (origin === 'undefined' ? [name] : [])));
  }

  /** A name that has a value when the block begins. */
  give(name: string): void {
    this.#stored.add(name);
    this.#origins.set(name, 'given');
  }

  load(name: string): void {
    if (!this.#knows(name)) this.#origins.set(name, 'looked-up');
  }

  store(name: string): void {
    this.#stored.add(name);
    if (!this.#has(name)) this.#origins.set(name, this.#outer(name, 'undefined'));
  }

  branch(): Names {
    return new Names(this.#around, this);
  }

  merge(branches: readonly Names[]): void {
    const news = branches.flatMap((branch) => [...branch.#stored].filter((name) => !this.#stores(name)));
    for (const branch of branches) {
      for (const [name, origin] of branch.#origins) this.#origins.set(name, origin);
      for (const name of branch.#stored) this.#stored.add(name);
    }
    for (const name of news) this.#origins.set(name, this.#outer(name, 'looked-up'));
  }

  #outer(name: string, otherwise: Origin): Origin {
    if (this.#around === undefined) return otherwise;
    return this.#around.#knows(name) ? 'around' : otherwise;
  }

  #has(name: string): boolean {
    if (this.#origins.has(name)) return true;
    return this.#before === undefined ? false : this.#before.#has(name);
  }

  #stores(name: string): boolean {
    if (this.#stored.has(name)) return true;
    return this.#before === undefined ? false : this.#before.#stores(name);
  }

  #knows(name: string): boolean {
    if (this.#has(name)) return true;
    return this.#around === undefined ? false : this.#around.#knows(name);
  }
}

/** Of each body that has names of its own, those that are undefined when it begins. */
export type Scopes = ReadonlyMap<Body, ReadonlySet<string>>;

export function scopesOf(program: Body): Scopes {
  const scopes = new Map<Body, ReadonlySet<string>>();
  new Scan(scopes).block(program, undefined);
  return scopes;
}

interface Inner {
  readonly body: Body;
  /** tells what is known before its first statement */
  readonly begin: ((names: Names) => void) | undefined;
  /** it sees nothing of the block around it */
  readonly isolated: boolean;
}

class Scan {
  readonly #scopes: Map<Body, ReadonlySet<string>>;

  constructor(scopes: Map<Body, ReadonlySet<string>>) {
    this.#scopes = scopes;
  }

  block(body: Body, around: Names | undefined, begin?: Inner['begin']): void {
    const names = new Names(around);
    begin?.(names);
    const inner: Inner[] = [];
    for (const statement of body) this.#statement(statement, names, inner);
    this.#scopes.set(body, names.undefinedAtStart);
    // Only now it is known what this block stores, later statements included.
    for (const block of inner) this.block(block.body, block.isolated ? undefined : names, block.begin);
  }

  #statement(statement: Statement, names: Names, inner: Inner[]): void {
    const within = (body: Body, begin?: Inner['begin']): void => {
      inner.push({ body, begin, isolated: false });
    };
    switch (statement.kind) {
      case 'print':
        load(statement.value, names);
        return;
      case 'if':
        this.#if(statement.branches, statement.otherwise, names, inner);
        return;
      case 'for':
        load(statement.items, names);
        within(statement.body, (own) => {
          give(statement.target, own);
          own.give('loop');
        });
        within(statement.otherwise);
        return;
      case 'set':
        load(statement.value, names);
        store(statement.target, names);
        return;
      case 'set-block':
        store(statement.target, names);
        within(statement.body);
        return;
      case 'with':
        for (const [, value] of statement.bindings) load(value, names);
        within(statement.body, (own) => {
          for (const [target] of statement.bindings) give(target, own);
        });
        return;
      case 'filter-block':
        for (const { args } of statement.filters) loadArguments(args, names);
        within(statement.body);
        return;
      case 'macro':
        names.store(statement.macro.name);
        within(statement.macro.body, (own) => giveParameters(statement.macro, own));
        return;
      case 'call-block':
        load(statement.call, names);
        within(statement.caller.body, (own) => giveParameters(statement.caller, own));
        return;
      case 'autoescape':
      case 'generation':
        within(statement.body);
        return;
      case 'block':
        inner.push({ body: statement.body, begin: undefined, isolated: !statement.scoped });
    }
  }

  #if(branches: readonly Branch[], otherwise: Body, names: Names, inner: Inner[]): void {
    const [first, ...others] = branches;
    if (first === undefined) return;
    load(first.test, names);
    const ways = [names.branch(), names.branch(), names.branch()] as const;
    for (const statement of first.body) this.#statement(statement, ways[0], inner);
    for (const other of others) this.#if([other], [], ways[1], inner);
    for (const statement of otherwise) this.#statement(statement, ways[2], inner);
    names.merge(ways);
  }
}

function giveParameters({ parameters, speaksOf }: MacroDefinition, names: Names): void {
  for (const { name } of parameters) names.give(name);
  for (const name of speaksOf) names.give(name);
  for (const { fallback } of parameters) if (fallback !== undefined) load(fallback, names);
}

function give(target: Target, names: Names): void {
  if (target.kind === 'name') names.give(target.name);
  else if (target.kind === 'targets') for (const one of target.items) give(one, names);
}

function store(target: Target, names: Names): void {
  if (target.kind === 'name') names.store(target.name);
  else if (target.kind === 'member') names.load(target.object);
  else for (const one of target.items) store(one, names);
}

function loadArguments({ positional, named, list, dict }: CallArguments, names: Names): void {
  for (const one of positional) load(one, names);
  for (const [, one] of named) load(one, names);
  load(list, names);
  load(dict, names);
}

function load(node: Expression | undefined, names: Names): void {
  if (node === undefined) return;
  switch (node.kind) {
    case 'constant':
      return;
    case 'name':
      names.load(node.name);
      return;
    case 'list':
    case 'tuple':
    case 'concat':
      for (const one of node.items) load(one, names);
      return;
    case 'dict':
      for (const [key, value] of node.entries) {
        load(key, names);
        load(value, names);
      }
      return;
    case 'attribute':
      load(node.object, names);
      return;
    case 'item':
      load(node.object, names);
      load(node.key, names);
      return;
    case 'slice':
      load(node.object, names);
      for (const bound of node.bounds) load(bound, names);
      return;
    case 'call':
      load(node.callee, names);
      loadArguments(node.args, names);
      return;
    case 'filter':
      load(node.input, names);
      loadArguments(node.filter.args, names);
      return;
    case 'test':
      load(node.input, names);
      loadArguments(node.args, names);
      return;
    case 'not':
    case 'minus':
    case 'plus':
      load(node.operand, names);
      return;
    case 'and':
    case 'or':
    case 'binary':
      load(node.left, names);
      load(node.right, names);
      return;
    case 'compare':
      load(node.first, names);
      for (const { operand } of node.rest) load(operand, names);
      return;
    case 'choice':
      load(node.test, names);
      load(node.value, names);
      load(node.otherwise, names);
  }
}
