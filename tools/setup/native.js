// @ts-check
// Compiles the native backend with the system's C++ compiler. Only the kernel files have the flags of their instruction set.
// Without a compiler the build does not fail: it writes a note instead of the addon, and the reference backend is used.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './child.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const SOURCES = join(ROOT, 'native/src');
const NOTE = 'not-built.txt';

const COMMON = ['-std=c++20', '-O3', '-g0', '-ffp-contract=off', '-fPIC', '-fvisibility=hidden'];
const AVX512 = '-mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni'.split(' ');
/** @type {Readonly<Record<string, readonly string[]>>} */
const OF_KERNELS = {
  'kernels_plain.cpp': ['-O2', '-ftree-vectorize'],
  'kernels_avx2.cpp': ['-mavx2', '-mfma', '-mf16c'],
  'kernels_avx512.cpp': [...AVX512, '-mprefer-vector-width=512'],
  'kernels_avx512bf16.cpp': [...AVX512, '-mavx512bf16', '-mprefer-vector-width=512'],
};
// GCC schedules the additions of long unrolled sums after all products, which then spill to the stack. Without these two
// passes they stay in registers (docs/lab-notes.md).
const OF_GCC = ['-fno-tree-ter', '-fno-tree-reassoc'];
const ONLY_X86 = /_avx/;

/** Returns the compiler that `CXX` names, or the system's `c++`; undefined without a compiler. */
export function findCompiler() {
  const name = process.env.CXX || 'c++';
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = name.includes('/') ? [name] : folders.map((folder) => join(folder, name));
  return candidates.find((candidate) => existsSync(candidate));
}

/** Returns whether the last build found no compiler and one is installed now. */
export function nativeMayBeBuiltNow() {
  const note = join(ROOT, 'native/build', NOTE);
  return (
    existsSync(note) && readFileSync(note, 'utf8').startsWith('no compiler') && findCompiler() !== undefined
  );
}

/**
 * Compiles `quire.node` into the folder `target`, or writes a note why it is missing.
 * @param {string} target
 * @param {(text: string) => void} log
 */
export async function buildNative(target, log) {
  mkdirSync(target, { recursive: true });
  const compiler = findCompiler();
  if (compiler === undefined || process.platform === 'win32') {
    const reason = compiler === undefined ? 'no compiler' : 'this system is not supported yet';
    writeFileSync(join(target, NOTE), `${reason}\n`);
    log(
      `${reason}, so Quire uses the slower reference backend. Install a C++20 compiler (c++) for the native one ... `,
    );
    return;
  }
  try {
    await compile(compiler, target);
  } catch (error) {
    for (const name of readdirSync(target)) rmSync(join(target, name));
    const reason = error instanceof Error ? error.message : String(error);
    writeFileSync(join(target, NOTE), `the compiler failed\n${reason}\n`);
    log(`the compiler failed (see native/build/${NOTE}), so Quire uses the slower reference backend ... `);
  }
}

/**
 * @param {string} compiler
 * @param {string} target
 */
async function compile(compiler, target) {
  const sources = sourcesOf(compiler);
  // The largest first, two at a time.
  const waiting = sources.toSorted((a, b) => Number(b.file in OF_KERNELS) - Number(a.file in OF_KERNELS));
  const objectOf = (/** @type {string} */ file) => join(target, `${file}.o`);
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { file, flags } = next;
      const args = [...flags, '-c', join(SOURCES, file), '-o', objectOf(file)];
      await runQuietly(compiler, args, { cwd: ROOT });
    }
  };
  await Promise.all([worker(), worker()]);
  const objects = sources.map(({ file }) => objectOf(file));
  const shared =
    process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread'];
  await runQuietly(compiler, [...shared, ...objects, '-o', join(target, 'quire.node')], { cwd: ROOT });
  for (const object of objects) rmSync(object);
}

/**
 * Returns the files to compile and their flags.
 * @param {string} compiler
 * @param {boolean} [emulated] emulates AVX-512 with AVX2, for tests
 * @returns {{ file: string, flags: readonly string[] }[]}
 */
export function sourcesOf(compiler, emulated = false) {
  const x86 = process.arch === 'x64';
  const files = readdirSync(SOURCES).filter((name) => name.endsWith('.cpp') && (x86 || !ONLY_X86.test(name)));
  const gcc = isGcc(compiler) ? OF_GCC : [];
  const define = emulated ? ['-DQUIRE_EMULATE_AVX512'] : [];
  return files.map((file) => {
    const set = emulated && file.startsWith('kernels_avx512') ? 'kernels_avx2.cpp' : file;
    const own = OF_KERNELS[set];
    const flags = own ? [...gcc, ...own] : [];
    return { file, flags: [...COMMON, ...define, ...flags, '-I', headers()] };
  });
}

/** @param {string} compiler */
const isGcc = (compiler) => {
  const { stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return /\bGCC\b|Free Software Foundation/.test(stdout ?? '');
};

const headers = () => join(ROOT, 'node_modules/node-api-headers/include');
