// `npm run test:sanitizers`: exports contract cases, builds the runner with AddressSanitizer and
// UndefinedBehaviorSanitizer, and replays the cases and 10,000 damaged tapes. If libsimde-dev is installed, the AVX-512
// kernels run in emulation.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contractCases } from '../../tests/contract/cases.ts';
import { findCompiler, sourcesOf } from '../setup/native.js';
import { caseFile } from './case-file.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WORK = join(ROOT, '.cache/sanitizers');
const MUTANTS = 10_000;

const compiler = findCompiler();
if (compiler === undefined) {
  console.log('no C++ compiler');
  process.exit(1);
}
rmSync(WORK, { recursive: true, force: true });
mkdirSync(WORK, { recursive: true });

const emulated = existsSync('/usr/include/simde/x86/avx512.h');
console.log(emulated ? 'AVX-512 is emulated' : 'AVX-512 is not tested: libsimde-dev is not installed');

let count = 0;
for (const one of contractCases(3, 7)) writeFileSync(join(WORK, `${count++}.case`), caseFile(one));
const cases = readdirSync(WORK).map((name) => join(WORK, name));
console.log(`${count} cases`);

const sanitized = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-g1', '-O1'];
const objects: string[] = [];
for (const { file, flags } of sourcesOf(compiler, emulated)) {
  if (file === 'addon.cpp') continue;
  const object = join(WORK, `${file}.o`);
  run(compiler, [...flags, ...sanitized, '-c', join(ROOT, 'native/src', file), '-o', object]);
  objects.push(object);
}
const runner = join(WORK, 'runner');
const main = join(ROOT, 'native/runner/main.cpp');
run(compiler, ['-std=c++20', ...sanitized, main, ...objects, '-pthread', '-o', runner]);
run(runner, cases);
run(runner, ['--mutate', String(MUTANTS), ...cases]);

function run(command: string, args: readonly string[]): void {
  execFileSync(command, [...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}
