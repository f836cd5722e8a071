// @ts-check
// Checks the layers of the source: which modules each module may import, and which modules must not use Node.
// If the table below allows an import that no file needs, this is reported too, so that the table stays as strict as
// possible. dependency-cruiser finds the imports. The check also fails if dependency-cruiser did not analyze all source
// files: it would otherwise pass without checking them.
//
//   node tools/layers.js [FOLDER]      FOLDER contains src/; by default it is this repository

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import { BUNDLED_PACKAGES, OPTIONAL_PACKAGES } from './setup/bundled-packages.js';

/**
 * The modules that each module may import besides itself. Test files are not checked.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const MODULES = {
  base: [],
  completion: ['base'],
  formats: ['base'],
  hub: ['base'],
  program: ['base'],
  kv: ['base', 'completion'],
  text: ['base', 'completion'],
  sampler: ['base', 'completion'],
  models: ['base', 'formats', 'program'],
  kernels: ['base', 'program'],
  scheduler: ['base', 'completion', 'kv'],
  engine: ['base', 'completion', 'hub', 'kernels', 'kv', 'models', 'program', 'sampler', 'scheduler', 'text'],
  chat: ['base', 'completion'],
  service: ['base', 'chat', 'completion'],
  server: ['base', 'chat', 'completion', 'service'],
  lab: ['base', 'chat', 'completion', 'engine', 'formats', 'kernels', 'kv', 'models', 'program', 'scheduler'],
  cli: [
    'base',
    'chat',
    'completion',
    'engine',
    'formats',
    'hub',
    'kernels',
    'kv',
    'lab',
    'models',
    'program',
    'sampler',
    'scheduler',
    'server',
    'service',
    'text',
  ],
};

/** Modules that also run in a browser, except their folders `node/` and the files that match NODE_ENTRIES. */
export const PURE_MODULES = [
  'base',
  'completion',
  'formats',
  'hub',
  'text',
  'program',
  'kv',
  'sampler',
  'scheduler',
  'models',
  'kernels',
  'engine',
];

/** Entry points of the package that are in pure modules and export from folders `node/`. */
const NODE_ENTRIES = '^src/kernels/index\\.ts$';

/** Modules that src/index.ts, the entry point of the library, may import. */
const PUBLIC = ['base', 'completion', 'engine', 'chat', 'formats', 'text'];

const TEST = '\\.test\\.tsx?$';

const PURE_FILES = { path: `^src/(${PURE_MODULES.join('|')})/`, pathNot: ['/node/', NODE_ENTRIES, TEST] };

/** @returns {import('dependency-cruiser').IForbiddenRuleType[]} */
function rules() {
  const imports = Object.entries(MODULES).map(([name, allowed]) => ({
    name: `${name} may import ${allowed.join(', ') || 'nothing'}`,
    from: { path: `^src/${name}/` },
    to: { path: '^src/', pathNot: `^src/(${[name, ...allowed].join('|')})/` },
  }));
  const forbidden = [
    ...imports,
    {
      name: `index.ts may import ${PUBLIC.join(', ')}`,
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${PUBLIC.join('|')})/` },
    },
    {
      name: 'a protocol imports no other protocol',
      from: { path: '^src/server/protocols/([^/]+)/' },
      to: { path: '^src/server/protocols/', pathNot: '^src/server/protocols/($1|openai)/' },
    },
    {
      name: 'the page may import completion and base only',
      from: { path: '^web/src/' },
      to: { path: '^src/', pathNot: '^src/(completion|base)/' },
    },
    { name: 'no cycles', from: { path: '^(src|web/src)/' }, to: { circular: true } },
    {
      name: 'no Node in a pure module outside its folder node/',
      from: PURE_FILES,
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no pure module outside node/ imports a folder node/',
      from: PURE_FILES,
      to: { path: ['^src/.*/node/', NODE_ENTRIES] },
    },
    { name: 'no file imports a test', from: {}, to: { path: TEST } },
    {
      name: 'src imports no tests, tools or build results',
      from: { path: '^src/', pathNot: TEST },
      to: { path: '^(tests|tools|web|bin|dist)/' },
    },
    {
      name: 'src imports no development dependency that is neither bundled nor optional',
      from: { path: '^src/', pathNot: TEST },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: `^node_modules/(${[...BUNDLED_PACKAGES, ...OPTIONAL_PACKAGES].join('|')})/`,
      },
    },
    { name: 'every import can be resolved', from: {}, to: { couldNotResolve: true } },
  ];
  return /** @type {any} */ (forbidden.map((rule) => ({ severity: 'error', ...rule })));
}

/**
 * Checks src/ and web/src/ of `root`.
 * @param {string} root
 * @param {{ complete?: boolean }} [options] `complete`: whether an allowed import that no file needs is a problem
 * @returns {Promise<{ files: number, problems: string[] }>}
 */
export async function checkLayers(root, { complete = false } = {}) {
  const files = sourceFiles(root);
  const folders = ['src', 'web/src'].filter((folder) => existsSync(join(root, folder)));
  const { output } = await cruise(folders, {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: rules() },
    tsPreCompilationDeps: true, // imports of types count too
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'default'],
    },
  });
  if (typeof output === 'string') throw new Error(output);
  const analyzed = new Set(output.modules.map((module) => module.source));
  const inModule = new RegExp(`^src/(index\\.ts$|(${Object.keys(MODULES).join('|')})/)`);
  const problems = [
    ...output.summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`),
    ...files
      .filter((file) => !analyzed.has(file))
      .map((file) => `${file}: was not analyzed by dependency-cruiser`),
    ...files.filter((file) => !inModule.test(file)).map((file) => `${file}: belongs to no module`),
    ...(complete ? unneededImports(output.modules) : []),
  ];
  return { files: files.length, problems };
}

/**
 * Returns the imports that the table allows and no file needs.
 * @param {readonly import('dependency-cruiser').IModule[]} modules
 * @returns {string[]}
 */
function unneededImports(modules) {
  const existing = new Set();
  for (const { source, dependencies } of modules) {
    if (new RegExp(TEST).test(source)) continue;
    for (const { resolved } of dependencies) existing.add(`${moduleOf(source)} -> ${moduleOf(resolved)}`);
  }
  const allowed = Object.entries(MODULES).flatMap(([from, targets]) =>
    targets.map((to) => `${from} -> ${to}`),
  );
  return allowed
    .filter((pair) => !existing.has(pair))
    .map((pair) => `${pair}: is allowed by the table, but no file needs it`);
}

/** @param {string} path */
const moduleOf = (path) => /^src\/([^/]+)\//.exec(path)?.[1] ?? '';

/**
 * @param {string} root
 * @returns {string[]} relative to `root`, with forward slashes
 */
function sourceFiles(root) {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[cm]?tsx?$/.test(path))
    .map((path) => `src/${path.replaceAll('\\', '/')}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)));
  const { files, problems } = await checkLayers(resolve(root), { complete: true });
  for (const problem of problems) console.error(problem);
  console.error(`layers: ${files} files, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}
