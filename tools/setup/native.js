// @ts-check
// Compiles the native backend with the C++ compiler of the system. Only the files with kernels are compiled with
// the flags of their instruction set. If there is no compiler, the build does not fail: it writes a file with the reason
// instead of the addon, and Quire uses the reference backend.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './child.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const SOURCES = join(ROOT, 'native/src');
const REASON_FILE = 'not-built.txt';

const COMMON_FLAGS = ['-std=c++20', '-O3', '-g0', '-ffp-contract=off', '-fPIC', '-fvisibility=hidden'];
const AVX512_FLAGS = '-mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni'.split(' ');
/** @type {Readonly<Record<string, readonly string[]>>} */
const KERNEL_FLAGS = {
  'kernels_plain.cpp': ['-O2', '-ftree-vectorize'],
  'kernels_avx2.cpp': ['-mavx2', '-mfma', '-mf16c'],
  'kernels_avx512.cpp': [...AVX512_FLAGS, '-mprefer-vector-width=512'],
  'kernels_avx512bf16.cpp': [...AVX512_FLAGS, '-mavx512bf16', '-mprefer-vector-width=512'],
};
// With these two passes, GCC moves the additions of long unrolled sums behind all products, and the products no longer fit
// in the registers (docs/lab-notes.md).
const GCC_FLAGS = ['-fno-tree-ter', '-fno-tree-reassoc'];
const X86_FILE = /_avx/;

/** Returns the path of the compiler that `CXX` names, by default `c++`; undefined if it does not exist. */
export function findCompiler() {
  const name = process.env.CXX || 'c++';
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = name.includes('/') ? [name] : folders.map((folder) => join(folder, name));
  return candidates.find((candidate) => existsSync(candidate));
}

/** Returns whether a compiler is installed now, although the last build found none. */
export function canBuildNativeNow() {
  const reasonFile = join(ROOT, 'native/build', REASON_FILE);
  return (
    existsSync(reasonFile) &&
    readFileSync(reasonFile, 'utf8').startsWith('no compiler') &&
    findCompiler() !== undefined
  );
}

/**
 * Compiles `quire.node` into the folder `target`, or writes a file with the reason why it could not be compiled.
 * @param {string} target
 * @param {(text: string) => void} log
 */
export async function buildNative(target, log) {
  mkdirSync(target, { recursive: true });
  const compiler = findCompiler();
  if (compiler === undefined || process.platform === 'win32') {
    const reason = compiler === undefined ? 'no compiler' : 'this system is not supported yet';
    writeFileSync(join(target, REASON_FILE), `${reason}\n`);
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
    writeFileSync(join(target, REASON_FILE), `the compiler failed\n${reason}\n`);
    log(
      `the compiler failed (see native/build/${REASON_FILE}), so Quire uses the slower reference backend ... `,
    );
  }
}

/**
 * @param {string} compiler
 * @param {string} target
 */
async function compile(compiler, target) {
  const sources = sourcesOf(compiler);
  // Two compilers run at a time. The files with kernels, which are the largest, come first.
  const queue = sources.toSorted((a, b) => Number(b.file in KERNEL_FLAGS) - Number(a.file in KERNEL_FLAGS));
  const objectOf = (/** @type {string} */ file) => join(target, `${file}.o`);
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { file, flags } = next;
      const args = [...flags, '-c', join(SOURCES, file), '-o', objectOf(file)];
      await runQuietly(compiler, args, { cwd: ROOT });
    }
  };
  await Promise.all([worker(), worker()]);
  const objects = sources.map(({ file }) => objectOf(file));
  const linkFlags =
    process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread'];
  await runQuietly(compiler, [...linkFlags, ...objects, '-o', join(target, 'quire.node')], { cwd: ROOT });
  for (const object of objects) rmSync(object);
}

/**
 * Returns the source files and their compiler flags.
 * @param {string} compiler
 * @param {boolean} [emulatesAvx512] emulates AVX-512 with AVX2, for tests
 * @returns {{ file: string, flags: readonly string[] }[]}
 */
export function sourcesOf(compiler, emulatesAvx512 = false) {
  const isX86 = process.arch === 'x64';
  const files = readdirSync(SOURCES).filter(
    (name) => name.endsWith('.cpp') && (isX86 || !X86_FILE.test(name)),
  );
  const gccFlags = isGcc(compiler) ? GCC_FLAGS : [];
  const defines = emulatesAvx512 ? ['-DQUIRE_EMULATE_AVX512'] : [];
  return files.map((file) => {
    const usesAvx2Flags = emulatesAvx512 && file.startsWith('kernels_avx512');
    const kernelFlags = KERNEL_FLAGS[usesAvx2Flags ? 'kernels_avx2.cpp' : file];
    const flags = kernelFlags ? [...gccFlags, ...kernelFlags] : [];
    return { file, flags: [...COMMON_FLAGS, ...defines, ...flags, '-I', nodeApiHeaders()] };
  });
}

/** @param {string} compiler */
const isGcc = (compiler) => {
  const { stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return /\bGCC\b|Free Software Foundation/.test(stdout ?? '');
};

const nodeApiHeaders = () => join(ROOT, 'node_modules/node-api-headers/include');
