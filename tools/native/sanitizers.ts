// `npm run test:sanitizers`: writes contract cases to files, compiles the runner in native/runner with sanitizers and runs
// the cases: with AddressSanitizer and UndefinedBehaviorSanitizer, then with ThreadSanitizer. The first also run 10,000 copies
// of the cases with random changes in the encoded program. If libsimde-dev is installed, the AVX-512 kernels are tested with
// emulated instructions, too. The threads that load weights from files run with both kinds of sanitizers.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { largestProductsCase, oddBlocksCase } from '../../tests/contract/attention-cases.ts';
import { contractCases } from '../../tests/contract/cases.ts';
import { findCompiler, sourcesOf } from '../setup/native.js';
import { encodeCase } from './case-file.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILD_FOLDER = join(ROOT, '.cache/sanitizers');
const MUTATED_CASES = 10_000;

const compiler = findCompiler();
if (compiler === undefined) {
  console.log('no C++ compiler found');
  process.exit(1);
}
rmSync(BUILD_FOLDER, { recursive: true, force: true });
mkdirSync(BUILD_FOLDER, { recursive: true });

let count = 0;
for (const testCase of [...contractCases(3, 7), largestProductsCase('int8'), oddBlocksCase()]) {
  writeFileSync(join(BUILD_FOLDER, `${count++}.case`), encodeCase(testCase));
}
const caseFiles = readdirSync(BUILD_FOLDER).map((name) => join(BUILD_FOLDER, name));
console.log(`${count} cases`);

const MEMORY = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'];
const memoryRunner = compileRunner('memory', MEMORY, false);
run(memoryRunner, caseFiles);
run(memoryRunner, ['--mutate', String(MUTATED_CASES), ...caseFiles]);
run(compileRunner('threads', ['-fsanitize=thread'], false), caseFiles);
if (existsSync('/usr/include/simde/x86/avx512.h')) run(compileRunner('emulated', MEMORY, true), caseFiles);
else console.log('emulated AVX-512 is not tested: libsimde-dev is not installed');
for (const sanitizers of [MEMORY, ['-fsanitize=thread']]) runFileLoads(sanitizers);

/** Runs native/runner/file-load.cpp, which needs no kernels. */
function runFileLoads(sanitizers: readonly string[]): void {
  const names = [
    'runner/file-load',
    'src/file-load',
    'src/system-posix',
    'src/weights',
    'src/pack',
    'src/unpack',
  ];
  const sources = names.map((name) => join(ROOT, `native/${name}.cpp`));
  const runner = join(BUILD_FOLDER, 'file-load');
  run(compiler!, ['-std=c++20', ...sanitizers, '-g1', '-O1', ...sources, '-pthread', '-o', runner]);
  run(runner, [join(BUILD_FOLDER, 'weights.bin')]);
}

/** Returns the path of the compiled runner. */
function compileRunner(name: string, sanitizers: readonly string[], isEmulated: boolean): string {
  console.log(`runner: ${name}`);
  const folder = join(BUILD_FOLDER, name);
  mkdirSync(folder);
  const sanitizerFlags = [...sanitizers, '-g1', '-O1'];
  const objects: string[] = [];
  for (const { file, flags } of sourcesOf(compiler!, isEmulated)) {
    if (file === 'addon.cpp') continue;
    const object = join(folder, `${file}.o`);
    run(compiler!, [...flags, ...sanitizerFlags, '-c', join(ROOT, 'native/src', file), '-o', object]);
    objects.push(object);
  }
  const main = join(ROOT, 'native/runner/main.cpp');
  run(compiler!, [
    '-std=c++20',
    ...sanitizerFlags,
    main,
    ...objects,
    '-pthread',
    '-o',
    join(folder, 'runner'),
  ]);
  return join(folder, 'runner');
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, [...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}
