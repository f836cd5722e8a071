// `npm run test:sanitizers`: writes contract cases to files, compiles the runner in native/runner with AddressSanitizer
// and UndefinedBehaviorSanitizer, and runs the cases. Then runs 10,000 copies of the cases with random changes in the
// encoded program. If libsimde-dev is installed, the AVX-512 kernels are also tested, with emulated instructions.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

const isEmulated = existsSync('/usr/include/simde/x86/avx512.h');
console.log(isEmulated ? 'AVX-512 is emulated' : 'AVX-512 is not tested: libsimde-dev is not installed');

let count = 0;
for (const testCase of contractCases(3, 7)) {
  writeFileSync(join(BUILD_FOLDER, `${count++}.case`), encodeCase(testCase));
}
const caseFiles = readdirSync(BUILD_FOLDER).map((name) => join(BUILD_FOLDER, name));
console.log(`${count} cases`);

const sanitizerFlags = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-g1', '-O1'];
const objects: string[] = [];
for (const { file, flags } of sourcesOf(compiler, isEmulated)) {
  if (file === 'addon.cpp') continue;
  const object = join(BUILD_FOLDER, `${file}.o`);
  run(compiler, [...flags, ...sanitizerFlags, '-c', join(ROOT, 'native/src', file), '-o', object]);
  objects.push(object);
}
const runner = join(BUILD_FOLDER, 'runner');
const main = join(ROOT, 'native/runner/main.cpp');
run(compiler, ['-std=c++20', ...sanitizerFlags, main, ...objects, '-pthread', '-o', runner]);
run(runner, caseFiles);
run(runner, ['--mutate', String(MUTATED_CASES), ...caseFiles]);

function run(command: string, args: readonly string[]): void {
  execFileSync(command, [...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}
