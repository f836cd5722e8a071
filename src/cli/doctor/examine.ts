// Examines this machine and the settings: what Quire uses, and what would make it faster or prevents it from working.

import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { asQuireError } from '../../base/errors.ts';
import { packageVersion } from '../../base/node/package-version.ts';
import { sqliteChoice } from '../../base/node/sqlite/open-sqlite-database.ts';
import { availableMemory } from '../../engine/node/available-memory.ts';
import { defaultBackend } from '../../engine/node/choose-backend.ts';
import { defaultDataFolder, defaultKvFolder } from '../../engine/node/data-folder.ts';
import { EMBEDDED_REFERENCE, modelPath } from '../../engine/node/model-reference.ts';
import { type Environment, hubSettings } from '../../hub/node/hub-settings.ts';
import { findKernels } from '../../kernels/native/node/find-addon.ts';
import { openModelFile } from '../../models/node/open-model-file.ts';
import type { Examination, FolderState, HubState, Problem } from './examination.ts';
import { findProblems } from './problems.ts';

export interface Report extends Examination {
  readonly problems: readonly Problem[];
}

export async function examine(environment: Environment): Promise<Report> {
  const openFiles = openFileLimit();
  const examination: Examination = {
    version: packageVersion(),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    processor: { model: cpus()[0]?.model.trim() ?? 'unknown', threads: availableParallelism() },
    kernels: examineKernels(environment),
    sqlite: await sqliteChoice(),
    embeddedModel: await examineEmbeddedModel(),
    memory: { totalBytes: totalmem(), availableBytes: availableMemory() },
    ...(openFiles === undefined ? {} : { openFiles }),
    dataFolder: await examineFolder(defaultDataFolder()),
    kvFolder: await examineFolder(defaultKvFolder()),
    hub: await examineHub(environment),
  };
  return { ...examination, problems: findProblems(examination) };
}

function examineKernels({ QUIRE_ISA }: Environment): Examination['kernels'] {
  const { addon, file, problems } = findKernels();
  return {
    backend: defaultBackend(),
    ...file,
    instructionSets: addon?.instructionSets() ?? [],
    ...(QUIRE_ISA ? { requestedSet: QUIRE_ISA } : {}),
    notUsed: problems,
  };
}

async function examineEmbeddedModel(): Promise<Examination['embeddedModel']> {
  const path = await modelPath(EMBEDDED_REFERENCE);
  try {
    const file = await openModelFile(path);
    await file.close();
    return { path };
  } catch (error) {
    return { path, reason: asQuireError(error).message };
  }
}

// Only the diagnostic report of Node contains this limit.
function openFileLimit(): number | undefined {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const limit = Number(report.userLimits?.open_files?.soft);
  return Number.isFinite(limit) ? limit : undefined;
}

async function examineFolder(path: string): Promise<FolderState> {
  const existing = await nearestExisting(path);
  const isWritable = await access(existing, constants.W_OK).then(
    () => true,
    () => false,
  );
  const freeBytes = await statfs(existing).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
  return { path, exists: existing === path, isWritable, ...(freeBytes === undefined ? {} : { freeBytes }) };
}

async function nearestExisting(path: string): Promise<string> {
  const parent = dirname(path);
  const isThere = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isThere || parent === path ? path : nearestExisting(parent);
}

async function examineHub(environment: Environment): Promise<HubState | Problem> {
  try {
    const { endpoint, token, offline, cacheFolder } = await hubSettings(environment);
    return { endpoint, hasToken: token !== undefined, offline, cache: await examineFolder(cacheFolder) };
  } catch (error) {
    const { code, message, hint } = asQuireError(error);
    return { code, message, hint };
  }
}
