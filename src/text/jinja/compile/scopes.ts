// Finds the names that are undefined in a body until the body sets them. jinja decides this per block at compile time:
// a name that a block sets before reading it is local from the start of the block. In a loop or macro before the `set`,
// the name is then undefined, even if the caller passed a variable of that name. Names set only in branches of an `if`
// are not local.

import type {
  AssignmentTarget,
  Body,
  CallArguments,
  ConditionalBranch,
  Expression,
  MacroDefinition,
  Statement,
} from '../parse/syntax-tree.ts';

/** Where the value of a name comes from at the start of a block. */
type Origin = 'looked-up' | 'undefined' | 'declared' | 'enclosing';

/** The names of a block, or of a branch of an `if` in a block; a branch includes the names before it. */
class ScopeNames {
  readonly #parent: ScopeNames | undefined;
  readonly #preceding: ScopeNames | undefined;
  readonly #origins = new Map<string, Origin>();
  readonly #assigned = new Set<string>();

  constructor(parent?: ScopeNames, preceding?: ScopeNames) {
    this.#parent = parent;
    this.#preceding = preceding;
  }

  /** the names that are undefined at the start of the block */
  get undefinedAtStart(): Set<string> {
    return new Set([...this.#origins].flatMap(([name, origin]) => (origin === 'undefined' ? [name] : [])));
  }

  /** Adds a name that has a value when the block begins. */
  declare(name: string): void {
    this.#assigned.add(name);
    this.#origins.set(name, 'declared');
  }

  recordRead(name: string): void {
    if (!this.#isVisible(name)) this.#origins.set(name, 'looked-up');
  }

  recordWrite(name: string): void {
    this.#assigned.add(name);
    if (!this.#isLocal(name)) this.#origins.set(name, this.#originOr(name, 'undefined'));
  }

  /** Creates the names of a branch of an `if`. */
  createBranch(): ScopeNames {
    return new ScopeNames(this.#parent, this);
  }

  /** Adds the names of the branches of an `if`. */
  merge(branches: readonly ScopeNames[]): void {
    const newNames = branches.flatMap((branch) =>
      [...branch.#assigned].filter((name) => !this.#isAssigned(name)),
    );
    for (const branch of branches) {
      for (const [name, origin] of branch.#origins) this.#origins.set(name, origin);
      for (const name of branch.#assigned) this.#assigned.add(name);
    }
    for (const name of newNames) this.#origins.set(name, this.#originOr(name, 'looked-up'));
  }

  // Returns `enclosing` for a name that an enclosing block contains, else `fallback`.
  #originOr(name: string, fallback: Origin): Origin {
    if (this.#parent === undefined) return fallback;
    return this.#parent.#isVisible(name) ? 'enclosing' : fallback;
  }

  #isLocal(name: string): boolean {
    if (this.#origins.has(name)) return true;
    return this.#preceding === undefined ? false : this.#preceding.#isLocal(name);
  }

  #isAssigned(name: string): boolean {
    if (this.#assigned.has(name)) return true;
    return this.#preceding === undefined ? false : this.#preceding.#isAssigned(name);
  }

  #isVisible(name: string): boolean {
    if (this.#isLocal(name)) return true;
    return this.#parent === undefined ? false : this.#parent.#isVisible(name);
  }
}

/** For each body with a separate scope, the names that are undefined at its start. */
export type Scopes = ReadonlyMap<Body, ReadonlySet<string>>;

export function scopesOf(program: Body): Scopes {
  const scopes = new Map<Body, ReadonlySet<string>>();
  new ScopeAnalyzer(scopes).analyzeBlock(program, undefined);
  return scopes;
}

interface NestedBody {
  readonly body: Body;
  /** declares the names that have a value before the first statement of the body */
  readonly declareNames: ((names: ScopeNames) => void) | undefined;
  /** whether the body does not inherit names from the enclosing block */
  readonly isIsolated: boolean;
}

class ScopeAnalyzer {
  readonly #scopes: Map<Body, ReadonlySet<string>>;

  constructor(scopes: Map<Body, ReadonlySet<string>>) {
    this.#scopes = scopes;
  }

  analyzeBlock(body: Body, parent: ScopeNames | undefined, declareNames?: NestedBody['declareNames']): void {
    const names = new ScopeNames(parent);
    declareNames?.(names);
    const nestedBodies: NestedBody[] = [];
    for (const statement of body) this.#analyzeStatement(statement, names, nestedBodies);
    this.#scopes.set(body, names.undefinedAtStart);
    // Nested bodies are analyzed last, because they depend on all names that this block sets.
    for (const block of nestedBodies)
      this.analyzeBlock(block.body, block.isIsolated ? undefined : names, block.declareNames);
  }

  #analyzeStatement(statement: Statement, names: ScopeNames, nestedBodies: NestedBody[]): void {
    const addNested = (body: Body, declareNames?: NestedBody['declareNames']): void => {
      nestedBodies.push({ body, declareNames, isIsolated: false });
    };
    switch (statement.kind) {
      case 'print':
        recordReads(statement.value, names);
        return;
      case 'if':
        this.#analyzeIf(statement.branches, statement.elseBody, names, nestedBodies);
        return;
      case 'for':
        recordReads(statement.items, names);
        addNested(statement.body, (bodyNames) => {
          declareTarget(statement.target, bodyNames);
          bodyNames.declare('loop');
        });
        addNested(statement.elseBody);
        return;
      case 'set':
        recordReads(statement.value, names);
        recordWrites(statement.target, names);
        return;
      case 'set-block':
        recordWrites(statement.target, names);
        addNested(statement.body);
        return;
      case 'with':
        for (const [, value] of statement.bindings) recordReads(value, names);
        addNested(statement.body, (bodyNames) => {
          for (const [target] of statement.bindings) declareTarget(target, bodyNames);
        });
        return;
      case 'filter-block':
        for (const { args } of statement.filters) recordArgumentReads(args, names);
        addNested(statement.body);
        return;
      case 'macro':
        names.recordWrite(statement.macro.name);
        addNested(statement.macro.body, (bodyNames) => declareParameters(statement.macro, bodyNames));
        return;
      case 'call-block':
        recordReads(statement.call, names);
        addNested(statement.caller.body, (bodyNames) => declareParameters(statement.caller, bodyNames));
        return;
      case 'autoescape':
      case 'generation':
        addNested(statement.body);
        return;
      case 'block':
        nestedBodies.push({ body: statement.body, declareNames: undefined, isIsolated: !statement.isScoped });
    }
  }

  #analyzeIf(
    branches: readonly ConditionalBranch[],
    elseBody: Body,
    names: ScopeNames,
    nestedBodies: NestedBody[],
  ): void {
    const [first, ...others] = branches;
    if (first === undefined) return;
    recordReads(first.test, names);
    const branchNames = [names.createBranch(), names.createBranch(), names.createBranch()] as const;
    for (const statement of first.body) this.#analyzeStatement(statement, branchNames[0], nestedBodies);
    for (const other of others) this.#analyzeIf([other], [], branchNames[1], nestedBodies);
    for (const statement of elseBody) this.#analyzeStatement(statement, branchNames[2], nestedBodies);
    names.merge(branchNames);
  }
}

function declareParameters({ parameters, implicitNames }: MacroDefinition, names: ScopeNames): void {
  for (const { name } of parameters) names.declare(name);
  for (const name of implicitNames) names.declare(name);
  for (const { fallback } of parameters) if (fallback !== undefined) recordReads(fallback, names);
}

function declareTarget(target: AssignmentTarget, names: ScopeNames): void {
  if (target.kind === 'name') names.declare(target.name);
  else if (target.kind === 'targets') for (const part of target.items) declareTarget(part, names);
}

function recordWrites(target: AssignmentTarget, names: ScopeNames): void {
  if (target.kind === 'name') names.recordWrite(target.name);
  else if (target.kind === 'member') names.recordRead(target.object);
  else for (const part of target.items) recordWrites(part, names);
}

function recordArgumentReads({ positional, named, list, dict }: CallArguments, names: ScopeNames): void {
  for (const part of positional) recordReads(part, names);
  for (const [, part] of named) recordReads(part, names);
  recordReads(list, names);
  recordReads(dict, names);
}

function recordReads(node: Expression | undefined, names: ScopeNames): void {
  if (node === undefined) return;
  switch (node.kind) {
    case 'constant':
      return;
    case 'name':
      names.recordRead(node.name);
      return;
    case 'list':
    case 'tuple':
    case 'concat':
      for (const part of node.items) recordReads(part, names);
      return;
    case 'dict':
      for (const [key, value] of node.entries) {
        recordReads(key, names);
        recordReads(value, names);
      }
      return;
    case 'attribute':
      recordReads(node.object, names);
      return;
    case 'item':
      recordReads(node.object, names);
      recordReads(node.key, names);
      return;
    case 'slice':
      recordReads(node.object, names);
      for (const bound of node.bounds) recordReads(bound, names);
      return;
    case 'call':
      recordReads(node.callee, names);
      recordArgumentReads(node.args, names);
      return;
    case 'filter':
      recordReads(node.input, names);
      recordArgumentReads(node.filter.args, names);
      return;
    case 'test':
      recordReads(node.input, names);
      recordArgumentReads(node.args, names);
      return;
    case 'not':
    case 'minus':
    case 'plus':
      recordReads(node.operand, names);
      return;
    case 'and':
    case 'or':
    case 'binary':
      recordReads(node.left, names);
      recordReads(node.right, names);
      return;
    case 'compare':
      recordReads(node.first, names);
      for (const { operand } of node.comparisons) recordReads(operand, names);
      return;
    case 'conditional':
      recordReads(node.test, names);
      recordReads(node.value, names);
      recordReads(node.elseValue, names);
  }
}
