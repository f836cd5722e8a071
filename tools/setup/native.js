// @ts-check
// Compiles the native backend with the C++ compiler of the system. Only the files with kernels are compiled with
// the flags of their instruction set. If there is no compiler, the build does not fail: it writes a file with the reason
// instead of the addon, and Quire uses the reference backend.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './child.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const SOURCES = join(ROOT, 'native/src');
const REASON_FILE = 'not-built.txt';

const COMMON_FLAGS = ['-std=c++20', '-O3', '-g0', '-ffp-contract=off', '-fvisibility=hidden'];
const WASM_FLAGS = ['-fno-exceptions', '-fno-rtti'];
const AVX512_FLAGS = '-mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni'.split(' ');
/** @type {Readonly<Record<string, readonly string[]>>} */
const KERNEL_FLAGS = {
  'kernels_plain.cpp': ['-O2', '-ftree-vectorize'],
  'kernels_avx2.cpp': ['-mavx2', '-mfma', '-mf16c'],
  'kernels_avx512.cpp': [...AVX512_FLAGS, '-mprefer-vector-width=512'],
  'kernels_avx512bf16.cpp': [...AVX512_FLAGS, '-mavx512bf16', '-mprefer-vector-width=512'],
  'kernels_neon.cpp': ['-mcpu=generic+dotprod'],
  'kernels_wasm.cpp': [],
};
// With these two passes, GCC moves the additions of long unrolled sums behind all products, and the products no longer fit
// in the registers (docs/lab-notes.md).
const GCC_FLAGS = ['-fno-tree-ter', '-fno-tree-reassoc'];
/**
 * Flags of GCC that replace those of KERNEL_FLAGS: its generic processor has no dot products up to GCC 12, even if they are added.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const GCC_KERNEL_FLAGS = { 'kernels_neon.cpp': ['-march=armv8.2-a+dotprod'] };
const X86_FILE = /_avx/;
const ARM_FILE = /_neon/;
const WASM_FILE = /wasm/;
/** files that use threads, files or functions of Node, or kernels that WebAssembly does not need */
const NATIVE_FILE = /^(addon|file-load|thread-pool|system-(posix|windows)|kernels_plain)\.cpp$/;

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
  const linkFlags =
    process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread'];
  await compileSources({
    command: [compiler],
    sources: sourcesOf(compiler),
    linkFlags,
    target,
    output: 'quire.node',
  });
}

/**
 * Compiles and links the file `output` in the folder `target`.
 * @param {object} options
 * @param {readonly string[]} options.command the compiler and its first arguments
 * @param {readonly { file: string, flags: readonly string[] }[]} options.sources files in native/src, or absolute paths
 * @param {readonly string[]} options.linkFlags
 * @param {string} options.target
 * @param {string} options.output
 * @param {Record<string, string>} [options.env] added to the environment of this process
 */
export async function compileSources({ command, sources, linkFlags, target, output, env = {} }) {
  const [compiler = '', ...firstArgs] = command;
  const run = (/** @type {readonly string[]} */ args, /** @type {string} */ cwd) =>
    runQuietly(compiler, [...firstArgs, ...args], { cwd, env });
  // Two compilers run at a time. The files with kernels, which are the largest, come first.
  const queue = sources.toSorted((a, b) => Number(b.file in KERNEL_FLAGS) - Number(a.file in KERNEL_FLAGS));
  const objectOf = (/** @type {string} */ file) => join(target, `${basename(file)}.o`);
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      await run([...next.flags, '-c', resolve(SOURCES, next.file), '-o', objectOf(next.file)], ROOT);
  };
  await Promise.all([worker(), worker()]);
  const objects = sources.map(({ file }) => objectOf(file));
  // With the path of the output as it is given here, a library for macOS has the same bytes in every folder.
  await run([...linkFlags, ...objects, '-o', output], target);
  for (const object of objects) rmSync(object);
}

/**
 * Returns the source files and their compiler flags.
 * @param {{ cpu: string, isGcc: boolean, emulatesAvx512?: boolean }} target `cpu` as Node names it, or wasm32; `emulatesAvx512`: with AVX2,
 * for tests
 * @returns {{ file: string, flags: readonly string[] }[]}
 */
export function sourcesFor({ cpu, isGcc, emulatesAvx512 = false }) {
  const isWasm = cpu === 'wasm32';
  const files = readdirSync(SOURCES).filter(
    (name) =>
      name.endsWith('.cpp') &&
      (cpu === 'x64' || !X86_FILE.test(name)) &&
      (cpu === 'arm64' || !ARM_FILE.test(name)) &&
      !(isWasm ? NATIVE_FILE : WASM_FILE).test(name),
  );
  const targetFlags = isWasm ? WASM_FLAGS : ['-fPIC', '-I', nodeApiHeaders()];
  const defines = emulatesAvx512 ? ['-DQUIRE_EMULATE_AVX512'] : [];
  return files.map((file) => {
    const usesAvx2Flags = emulatesAvx512 && file.startsWith('kernels_avx512');
    const name = usesAvx2Flags ? 'kernels_avx2.cpp' : file;
    const kernelFlags = (isGcc && GCC_KERNEL_FLAGS[name]) || KERNEL_FLAGS[name];
    const flags = kernelFlags ? [...(isGcc ? GCC_FLAGS : []), ...kernelFlags] : [];
    return { file, flags: [...COMMON_FLAGS, ...targetFlags, ...defines, ...flags] };
  });
}

/**
 * Returns the source files and their flags for a compiler of this machine.
 * @param {string} compiler
 * @param {boolean} [emulatesAvx512]
 */
export const sourcesOf = (compiler, emulatesAvx512 = false) =>
  sourcesFor({ cpu: process.arch, isGcc: isGcc(compiler), emulatesAvx512 });

/** @param {string} compiler */
const isGcc = (compiler) => {
  const { stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return /\bGCC\b|Free Software Foundation/.test(stdout ?? '');
};

const nodeApiHeaders = () => join(ROOT, 'node_modules/node-api-headers/include');
