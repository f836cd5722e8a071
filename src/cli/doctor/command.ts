// `quire doctor`: shows what Quire uses on this machine, and each problem with what to do.

import { Command } from 'commander';
import { formatBytes } from '../../base/format-bytes.ts';
import { writeOutput, writeOutputJson } from '../terminal.ts';
import type { FolderState } from './examination.ts';
import { examine, type Report } from './examine.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show what Quire uses on this machine, and problems with what to do')
    .option('--json', 'print one JSON object')
    .action(doctor);
}

/** The exit code is 1 if there are problems. */
async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const report = await examine(process.env);
  if (json === true) writeOutputJson(report);
  else writeOutput(reportText(report));
  if (report.problems.length > 0) process.exitCode = 1;
}

/** Returns the report as lines of text. */
export function reportText(report: Report): string {
  const { version, platform, node, processor, kernels, memory, openFiles, dataFolder, kvFolder, hub } =
    report;
  const { origin, path, instructionSets, requestedSet, notUsed } = kernels;
  const rows: (readonly [string, string])[] = [
    ['quire', version],
    ['platform', `${platform}, Node.js ${node}`],
    ['processor', `${processor.model}, ${processor.threads} threads`],
    ['backend', kernels.backend],
    ...(origin === undefined ? [] : ([['kernels', `${origin} (${path})`]] as const)),
    ...notUsed.map(({ origin: other, reason }) => ['not used', `${other}: ${reason}`] as const),
    ...(instructionSets.length === 0
      ? []
      : ([['instructions', instructionsText(instructionSets, requestedSet)]] as const)),
    ['memory', `${formatBytes(memory.availableBytes)} available of ${formatBytes(memory.totalBytes)}`],
    ['open files', openFiles === undefined ? 'no limit' : `at most ${openFiles}`],
    ['SQLite', sqliteText(report.sqlite)],
    ['data folder', folderText(dataFolder)],
    ['disk tier', folderText(kvFolder)],
  ];
  if ('cache' in hub) {
    const settings = [hub.hasToken ? 'with a token' : 'without a token', ...(hub.offline ? ['offline'] : [])];
    rows.push(['hub', `${hub.endpoint}, ${settings.join(', ')}`], ['hub cache', folderText(hub.cache)]);
  }
  const lines = rows.map(([name, value]) => `${name.padEnd(13)} ${value}`);
  const problems = report.problems.map(({ code, message, hint }) => `${code}: ${message} (${hint})`);
  return [...lines, '', ...(problems.length > 0 ? problems : ['no problems found']), ''].join('\n');
}

const instructionsText = (sets: readonly string[], requested: string | undefined): string =>
  requested === undefined
    ? `${sets[0]} (of ${sets.join(', ')})`
    : `${requested}, by QUIRE_ISA (of ${sets.join(', ')})`;

function sqliteText({ library, reason }: Report['sqlite']): string {
  if (library === 'libsql') return library;
  return `${library ?? 'none'} (not libsql: ${reason})`;
}

function folderText({ path, exists, isWritable, freeBytes }: FolderState): string {
  const notes = [
    ...(exists ? [] : ['not created yet']),
    ...(isWritable ? [] : ['not writable']),
    ...(freeBytes === undefined ? [] : [`${formatBytes(freeBytes)} free`]),
  ];
  return `${path} (${notes.join(', ')})`;
}
