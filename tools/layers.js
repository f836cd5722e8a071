// @ts-check
// The layers as a machine checks them: which module may import which, and which modules stay free of Node. The
// table below is the whole rule and the true one: an arrow that nothing needs is a problem too, so that a looser import
// fails the day it is written. dependency-cruiser follows the imports; the check fails when it saw fewer modules than there
// are files, because a check that sees nothing finds nothing.
//
//   node tools/layers.js [FOLDER]      FOLDER holds src/ and is this repository when absent

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';

/**
 * What each module imports, besides itself, tests left out.
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

/** Modules that also run in a browser; their folders `node/` and what NODE_ENTRIES names do not. */
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

/** Entry points of the package inside of pure modules, which give out what is in folders `node/`. */
const NODE_ENTRIES = '^src/kernels/index\\.ts$';

/** What src/index.ts, the library's entry point, may import. */
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
      name: 'a protocol knows no other one',
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
      name: 'src stands alone',
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
 * Checks the src/ and the page of `root`.
 * @param {string} root
 * @param {{ complete?: boolean }} [options] `complete`: all modules are there, so that each arrow must be needed
 * @returns {Promise<{ files: number, problems: string[] }>}
 */
export async function checkLayers(root, { complete = false } = {}) {
  const files = sourceFiles(root);
  const folders = ['src', 'web/src'].filter((folder) => existsSync(join(root, folder)));
  const { output } = await cruise(folders, {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: rules() },
    tsPreCompilationDeps: true, // a type is knowledge too
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
    ...files.filter((file) => !seen.has(file)).map((file) => `${file}: was not seen by dependency-cruiser`),
    ...files.filter((file) => !module.test(file)).map((file) => `${file}: lies in no module`),
    ...(complete ? needlessArrows(output.modules) : []),
  ];
  return { files: files.length, problems };
}

/**
 * Arrows of the table that no import needs.
 * @param {readonly import('dependency-cruiser').IModule[]} modules
 * @returns {string[]}
 */
function needlessArrows(modules) {
  const real = new Set();
  for (const { source, dependencies } of modules) {
    if (new RegExp(TEST).test(source)) continue;
    for (const { resolved } of dependencies) real.add(`${moduleOf(source)} -> ${moduleOf(resolved)}`);
  }
  const drawn = Object.entries(MODULES).flatMap(([from, all]) => all.map((to) => `${from} -> ${to}`));
  return drawn
    .filter((arrow) => !real.has(arrow))
    .map((arrow) => `${arrow}: is in the table, and no import needs it`);
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
