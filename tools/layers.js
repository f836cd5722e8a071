// @ts-check
// Checks the layers of the source: which module may import which, and which modules do not use Node. The table below is
// exact: an allowed import that no file needs is a problem too, so that the table stays as strict as possible.
// dependency-cruiser follows the imports. The check fails if it analyzed fewer files than there are, because a check that
// analyzes nothing finds nothing.
//
//   node tools/layers.js [FOLDER]      FOLDER holds src/ and is this repository when absent

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';

/**
 * The modules that each module imports besides itself. Tests are not checked.
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

/** Modules that also run in a browser, except their folders `node/` and the files of NODE_ENTRIES. */
export const PURE = [
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

/** Entry points of the package inside pure modules, which export from folders `node/`. */
const NODE_ENTRIES = '^src/kernels/index\\.ts$';

/** Modules that src/index.ts, the entry point of the library, may import. */
const PUBLIC = ['base', 'completion', 'engine', 'chat', 'formats', 'text'];

const TEST = '\\.test\\.tsx?$';

const PURE_FILES = { path: `^src/(${PURE.join('|')})/`, pathNot: ['/node/', NODE_ENTRIES, TEST] };

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
      name: 'the page shares the table of options and nothing else',
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
    { name: 'nothing imports a test', from: {}, to: { path: TEST } },
    {
      name: 'src imports no tests, tools or build results',
      from: { path: '^src/', pathNot: TEST },
      to: { path: '^(tests|tools|web|bin|dist)/' },
    },
    {
      name: 'src imports no development package',
      from: { path: '^src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'every import is found', from: {}, to: { couldNotResolve: true } },
  ];
  return /** @type {any} */ (forbidden.map((rule) => ({ severity: 'error', ...rule })));
}

/**
 * Checks src/ and web/src/ of `root`.
 * @param {string} root
 * @param {{ complete?: boolean }} [options] `complete`: all modules exist, so that each allowed import must be needed
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
  const seen = new Set(output.modules.map((module) => module.source));
  const module = new RegExp(`^src/(index\\.ts$|(${Object.keys(MODULES).join('|')})/)`);
  const problems = [
    ...output.summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`),
    ...files
      .filter((file) => !seen.has(file))
      .map((file) => `${file}: was not analyzed by dependency-cruiser`),
    ...files.filter((file) => !module.test(file)).map((file) => `${file}: belongs to no module`),
    ...(complete ? needlessImports(output.modules) : []),
  ];
  return { files: files.length, problems };
}

/**
 * Returns allowed imports of the table that no file needs.
 * @param {readonly import('dependency-cruiser').IModule[]} modules
 * @returns {string[]}
 */
function needlessImports(modules) {
  const real = new Set();
  for (const { source, dependencies } of modules) {
    if (new RegExp(TEST).test(source)) continue;
    for (const { resolved } of dependencies) real.add(`${moduleOf(source)} -> ${moduleOf(resolved)}`);
  }
  const allowed = Object.entries(MODULES).flatMap(([from, all]) => all.map((to) => `${from} -> ${to}`));
  return allowed
    .filter((pair) => !real.has(pair))
    .map((pair) => `${pair}: is in the table, and no import needs it`);
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
