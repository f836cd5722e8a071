// @ts-check
// The house as a machine checks it: which room may import which, and which rooms stay free of Node. The
// table below is the whole rule; dependency-cruiser follows the imports. It fails too when it saw fewer
// modules than src has files, because a check that sees nothing finds nothing.
//
//   node tools/layers.js [FOLDER]      FOLDER holds src/ and is this repository when absent

import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';

const INPUTS = ['formats', 'hub', 'program', 'kv', 'text', 'sampler'];
const belowEngine = ['base', 'completion', ...INPUTS, 'models', 'kernels', 'scheduler'];

/**
 * What each module may import, besides itself: what it does import, and nothing else.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const ROOMS = {
  base: [],
  completion: ['base'],
  formats: ['base'],
  hub: ['base'],
  program: ['base'],
  kv: ['base', 'completion'],
  text: ['base', 'completion'],
  sampler: ['base', 'completion'],
  models: ['base', 'program'],
  kernels: ['base', 'program'],
  scheduler: ['base', 'completion', 'kv'],
  engine: belowEngine,
  chat: ['base', 'completion'],
  lab: [...belowEngine, 'engine', 'chat'],
  server: ['base', 'completion', 'text', 'engine', 'chat'],
  cli: [...belowEngine, 'engine', 'chat', 'lab', 'server'],
};

/** Rooms that also run in a browser; their folders `node/` do not. */
const PURE = [
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
  'kernels/reference',
];

/** What src/index.ts, the library's public door, may import. */
const PUBLIC = ['base', 'completion', 'engine', 'chat', 'formats', 'text'];

const TEST = '\\.test\\.tsx?$';

/** @returns {import('dependency-cruiser').IForbiddenRuleType[]} */
function rules() {
  const imports = Object.entries(ROOMS).map(([room, allowed]) => ({
    name: `${room} may import ${allowed.join(', ') || 'nothing'}`,
    from: { path: `^src/${room}/` },
    to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
  }));
  const forbidden = [
    ...imports,
    {
      name: `index.ts may import ${PUBLIC.join(', ')}`,
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${PUBLIC.join('|')})/` },
    },
    { name: 'no cycles', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'no Node in a pure room outside its folder node/',
      from: { path: `^src/(${PURE.join('|')})/`, pathNot: ['/node/', TEST] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no pure room outside node/ imports a folder node/',
      from: { path: `^src/(${PURE.join('|')})/`, pathNot: ['/node/', TEST] },
      to: { path: '^src/.*/node/' },
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
 * Checks the src/ of `root`.
 * @param {string} root
 * @returns {Promise<{ files: number, problems: string[] }>}
 */
export async function checkLayers(root) {
  const files = sourceFiles(root);
  const { output } = await cruise(['src'], {
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
  const room = new RegExp(`^src/(index\\.ts$|(${Object.keys(ROOMS).join('|')})/)`);
  const problems = [
    ...output.summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`),
    ...files.filter((file) => !seen.has(file)).map((file) => `${file}: was not seen by dependency-cruiser`),
    ...files.filter((file) => !room.test(file)).map((file) => `${file}: lies in no room`),
  ];
  return { files: files.length, problems };
}

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
  const { files, problems } = await checkLayers(resolve(root));
  for (const problem of problems) console.error(problem);
  console.error(`layers: ${files} files, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}
