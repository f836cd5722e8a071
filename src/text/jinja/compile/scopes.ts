// Finds the names that are undefined in a body until it sets them. jinja decides this per block at compile time: a name
// that a block stores before reading it is local from the start of the block. A loop or macro before the `set` then reads
// undefined, not the caller's variable of that name. Names stored only in branches of an `if` are not local.

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

/** The names of one block, or of one branch of it, which includes the names before the branch. */
class ScopeNames {
  readonly #parent: ScopeNames | undefined;
  readonly #preceding: ScopeNames | undefined;
  readonly #origins = new Map<string, Origin>();
  readonly #stored = new Set<string>();

  constructor(around?: ScopeNames, before?: ScopeNames) {
    this.#parent = around;
    this.#preceding = before;
  }

  get undefinedAtStart(): Set<string> {
    return new Set([...this.#origins].flatMap(([name, origin]) => (origin === 'undefined' ? [name] : [])));
  }

  /** Adds a name that has a value when the block begins. */
  declare(name: string): void {
    this.#stored.add(name);
    this.#origins.set(name, 'given');
  }

  loadExpression(name: string): void {
    if (!this.#knows(name)) this.#origins.set(name, 'looked-up');
  }

  storeTarget(name: string): void {
    this.#stored.add(name);
    if (!this.#has(name)) this.#origins.set(name, this.#outer(name, 'undefined'));
  }

  branch(): ScopeNames {
    return new ScopeNames(this.#parent, this);
  }

  merge(branches: readonly ScopeNames[]): void {
    const news = branches.flatMap((branch) => [...branch.#stored].filter((name) => !this.#stores(name)));
    for (const branch of branches) {
      for (const [name, origin] of branch.#origins) this.#origins.set(name, origin);
      for (const name of branch.#stored) this.#stored.add(name);
    }
    for (const name of news) this.#origins.set(name, this.#outer(name, 'looked-up'));
  }

  #outer(name: string, otherwise: Origin): Origin {
    if (this.#parent === undefined) return otherwise;
    return this.#parent.#knows(name) ? 'around' : otherwise;
  }

  #has(name: string): boolean {
    if (this.#origins.has(name)) return true;
    return this.#preceding === undefined ? false : this.#preceding.#has(name);
  }

  #stores(name: string): boolean {
    if (this.#stored.has(name)) return true;
    return this.#preceding === undefined ? false : this.#preceding.#stores(name);
  }

  #knows(name: string): boolean {
    if (this.#has(name)) return true;
    return this.#parent === undefined ? false : this.#parent.#knows(name);
  }
}

/** For each body with its own scope, the names that are undefined when it begins. */
export type Scopes = ReadonlyMap<Body, ReadonlySet<string>>;

export function scopesOf(program: Body): Scopes {
  const scopes = new Map<Body, ReadonlySet<string>>();
  new ScopeAnalyzer(scopes).block(program, undefined);
  return scopes;
}

interface NestedBody {
  readonly body: Body;
  /** declares the names that have a value before the first statement */
  readonly begin: ((names: ScopeNames) => void) | undefined;
  /** whether it does not inherit names from the enclosing block */
  readonly isolated: boolean;
}

class ScopeAnalyzer {
  readonly #scopes: Map<Body, ReadonlySet<string>>;

  constructor(scopes: Map<Body, ReadonlySet<string>>) {
    this.#scopes = scopes;
  }

  block(body: Body, around: ScopeNames | undefined, begin?: NestedBody['begin']): void {
    const names = new ScopeNames(around);
    begin?.(names);
    const inner: NestedBody[] = [];
    for (const statement of body) this.#statement(statement, names, inner);
    this.#scopes.set(body, names.undefinedAtStart);
    // Nested bodies come last, because they depend on all names that this block stores, including later ones.
    for (const block of inner) this.block(block.body, block.isolated ? undefined : names, block.begin);
  }

  #statement(statement: Statement, names: ScopeNames, inner: NestedBody[]): void {
    const within = (body: Body, begin?: NestedBody['begin']): void => {
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
          declareTarget(statement.target, own);
          own.declare('loop');
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
          for (const [target] of statement.bindings) declareTarget(target, own);
        });
        return;
      case 'filter-block':
        for (const { args } of statement.filters) loadArguments(args, names);
        within(statement.body);
        return;
      case 'macro':
        names.storeTarget(statement.macro.name);
        within(statement.macro.body, (own) => declareParameters(statement.macro, own));
        return;
      case 'call-block':
        load(statement.call, names);
        within(statement.caller.body, (own) => declareParameters(statement.caller, own));
        return;
      case 'autoescape':
      case 'generation':
        within(statement.body);
        return;
      case 'block':
        inner.push({ body: statement.body, begin: undefined, isolated: !statement.scoped });
    }
  }

  #if(branches: readonly Branch[], otherwise: Body, names: ScopeNames, inner: NestedBody[]): void {
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

function declareParameters({ parameters, implicitNames }: MacroDefinition, names: ScopeNames): void {
  for (const { name } of parameters) names.declare(name);
  for (const name of implicitNames) names.declare(name);
  for (const { fallback } of parameters) if (fallback !== undefined) load(fallback, names);
}

function declareTarget(target: Target, names: ScopeNames): void {
  if (target.kind === 'name') names.declare(target.name);
  else if (target.kind === 'targets') for (const one of target.items) declareTarget(one, names);
}

function store(target: Target, names: ScopeNames): void {
  if (target.kind === 'name') names.storeTarget(target.name);
  else if (target.kind === 'member') names.loadExpression(target.object);
  else for (const one of target.items) store(one, names);
}

function loadArguments({ positional, named, list, dict }: CallArguments, names: ScopeNames): void {
  for (const one of positional) load(one, names);
  for (const [, one] of named) load(one, names);
  load(list, names);
  load(dict, names);
}

function load(node: Expression | undefined, names: ScopeNames): void {
  if (node === undefined) return;
  switch (node.kind) {
    case 'constant':
      return;
    case 'name':
      names.loadExpression(node.name);
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
