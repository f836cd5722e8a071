// Finds problems in what was examined. Each has a code, what is wrong, and what to do.

import { formatBytes } from '../../base/format-bytes.ts';
import { noSqliteError } from '../../base/node/sqlite/open-sqlite-database.ts';
import type { Examination, FolderState, Problem } from './examination.ts';

const MIN_MEMORY_BYTES = 2 ** 30; // a model of 0.5B parameters with 4 bits and its context
const MIN_DISK_BYTES = 2 ** 30;
const MIN_OPEN_FILES = 256; // connections, conversations and the files of a model

export function findProblems(examination: Examination): Problem[] {
  const { dataFolder, kvFolder, hub } = examination;
  const folders = [dataFolder, ...(kvFolder.isWritable ? [] : [kvFolder])];
  return [
    ...kernelProblems(examination),
    ...sqliteProblems(examination),
    ...modelProblems(examination),
    ...limitProblems(examination),
    ...folders.flatMap((folder) => folderProblems(folder, 'set XDG_DATA_HOME, or pass --data-dir to serve')),
    ...('cache' in hub ? folderProblems(hub.cache, 'set HF_HOME to another folder') : [hub]),
  ];
}

function kernelProblems({ kernels, platform }: Examination): Problem[] {
  const { backend, notUsed, instructionSets, requestedSet } = kernels;
  const problems = notUsed
    .filter(({ isBroken }) => isBroken)
    .map(({ origin, reason }) => ({
      code: 'broken_kernels',
      message: `the kernels of ${origin} cannot be used: ${reason}`,
      hint: repair(origin),
    }));
  if (backend !== 'native' && problems.length === 0) problems.push(slowBackend(backend, notUsed, platform));
  if (backend === 'native' && requestedSet !== undefined && requestedSet !== instructionSets[0]) {
    const isSupported = instructionSets.includes(requestedSet);
    problems.push({
      code: isSupported ? 'slow_instruction_set' : 'unsupported_instruction_set',
      message: `QUIRE_ISA is ${requestedSet}; the fastest set that this processor supports is ${instructionSets[0]}`,
      hint: 'unset QUIRE_ISA',
    });
  }
  return problems;
}

// npm does not compare the files of an installed package, so it would leave damaged ones as they are.
function repair(origin: string): string {
  if (origin === 'QUIRE_NATIVE') return 'unset QUIRE_NATIVE, or set it to a file of this version';
  if (origin === 'local build') return 'compile them again: npm run build';
  return `remove the folder node_modules/${origin} and install it again: npm install --include=optional quire-llm`;
}

function slowBackend(backend: string, notUsed: Examination['kernels']['notUsed'], platform: string): Problem {
  const [first] = notUsed;
  const reason = first?.reason ?? `there are no kernels for ${platform}`;
  return {
    code: 'slow_backend',
    message: `models run on the ${backend} backend, which is slower than the native one, because ${reason}`,
    hint: slowBackendHint(first?.origin),
  };
}

function slowBackendHint(origin: string | undefined): string {
  if (origin === undefined) return 'use a platform for which Quire has kernels (docs/platforms.md)';
  if (origin.startsWith('@'))
    return 'install the optional dependencies: npm install --include=optional quire-llm';
  if (origin === 'QUIRE_NATIVE') return 'unset QUIRE_NATIVE, or set it to an existing file';
  return 'install a C++20 compiler (c++) and run npm run build';
}

function sqliteProblems({ sqlite: { library, reason } }: Examination): Problem[] {
  if (library !== undefined) return [];
  const { code, message, hint } = noSqliteError(reason);
  return [{ code, message, hint }];
}

function modelProblems({ embeddedModel: { path, reason } }: Examination): Problem[] {
  if (reason === undefined) return [];
  const message = `the embedded model ${path} cannot be read: ${reason}`;
  return [{ code: 'broken_model', message, hint: 'remove the folder of quire-llm and install it again' }];
}

function limitProblems({ memory, openFiles }: Examination): Problem[] {
  const problems: Problem[] = [];
  if (memory.availableBytes < MIN_MEMORY_BYTES)
    problems.push({
      code: 'little_memory',
      message: `only ${formatBytes(memory.availableBytes)} of memory are available`,
      hint: 'close other programs, raise the limit of the container, or use a smaller model',
    });
  if (openFiles !== undefined && openFiles < MIN_OPEN_FILES)
    problems.push({
      code: 'few_open_files',
      message: `this process may open only ${openFiles} files`,
      hint: `raise the limit: ulimit -n ${MIN_OPEN_FILES * 4}`,
    });
  return problems;
}

function folderProblems({ path, isWritable, freeBytes }: FolderState, hint: string): Problem[] {
  if (!isWritable) return [{ code: 'folder_not_writable', message: `${path} is not writable`, hint }];
  if (freeBytes === undefined || freeBytes >= MIN_DISK_BYTES) return [];
  const message = `only ${formatBytes(freeBytes)} are free for ${path}`;
  return [{ code: 'little_disk', message, hint: `free some disk space, or ${hint}` }];
}
