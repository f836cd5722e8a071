// `quire lab`: runs experiments on the KV cache, prints their tables, and writes a report to a folder.

import { Command, Option } from 'commander';
import { QuireError } from '../base/errors.ts';
import { BACKENDS, type BackendName } from '../engine/node/choose-backend.ts';
import { compareResults, comparisonTable, type ResultComparison } from '../lab/compare.ts';
import { EXPERIMENTS, findExperiment } from '../lab/experiments.ts';
import { LabBench } from '../lab/lab-bench.ts';
import { readResult } from '../lab/read-result.ts';
import { CONDITION_NAMES, REPORT_TEXTS } from '../lab/report/report-texts.ts';
import { tableLines, terminalReport } from '../lab/report/terminal.ts';
import { ResultFolder, renderFolder } from '../lab/result-folder.ts';
import { runLab } from '../lab/run-lab.ts';
import { type BilingualText, LANGUAGES, type Language } from '../lab/text.ts';
import { INTERRUPT_EXIT_CODE, runInterruptible } from './interrupt.ts';
import { MODEL_HELP, OFFLINE_HELP } from './model-path.ts';
import { progressBar } from './progress-bar.ts';
import { writeDiagnostic, writeOutput, writeOutputJson } from './terminal.ts';
import { parseInteger, parseIntegers } from './values.ts';

interface LabFlags {
  readonly model: string;
  readonly offline?: boolean;
  readonly backend?: BackendName;
  readonly threads?: number;
  readonly repetitions: number;
  readonly lengths?: readonly number[];
  readonly quick?: boolean;
  readonly out?: string;
  readonly language: Language;
  readonly json?: boolean;
}

export function labCommand(): Command {
  const command = new Command('lab')
    .description('run experiments on the KV cache')
    .argument('[name]', 'an experiment, or all; without a name the experiments are listed')
    .option('--model <model>', MODEL_HELP, 'embedded')
    .option('--offline', OFFLINE_HELP)
    .addOption(new Option('--backend <name>', 'backend that computes the model').choices([...BACKENDS]))
    .option('--threads <n>', 'threads of the native backend; one per processor by default', parseInteger)
    .option('--repetitions <n>', 'number of measurements of each time', parseInteger, 5)
    .option(
      '--lengths <list>',
      'text lengths in tokens, such as 16,64,256, for experiments that vary the length',
      parseIntegers,
    )
    .option('--quick', 'use small sizes, which only show that everything works')
    .option('--out <folder>', 'write index.html, NAME.json and NAME-*.svg to this folder')
    .addOption(languageOption())
    .option('--json', 'print one JSON object per experiment')
    .action((name: string | undefined, flags: LabFlags) =>
      name === undefined ? listExperiments(flags) : run(name, flags),
    );
  command
    .command('compare <a> <b>')
    .description('compare two results of one experiment')
    .addOption(languageOption())
    .option('--json', 'print one JSON object')
    // `lab` has options with the same names and parses them at any position, so the values are read from both commands.
    .action((a: string, b: string, _flags: unknown, self: Command) => compare(a, b, self.optsWithGlobals()));
  command
    .command('render <folder>')
    .description('render the report of saved results again, without measuring')
    .option('--out <folder>', 'write the report to this folder instead of the folder of the results')
    .addOption(languageOption())
    .action((folder: string, _flags: unknown, self: Command) => render(folder, self.optsWithGlobals()));
  return command;
}

const languageOption = (): Option =>
  new Option('--language <name>', 'language of the tables, and initial language of the report')
    .choices([...LANGUAGES])
    .default(environmentLanguage());

const environmentLanguage = (): Language =>
  (process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '').startsWith('zh') ? 'zh' : 'en';

function listExperiments({ language }: LabFlags): void {
  const width = Math.max(...EXPERIMENTS.map(({ name }) => name.length));
  for (const { name, texts } of EXPERIMENTS)
    writeOutput(`${name.padEnd(width)}  ${texts.question[language]}\n`);
}

async function run(name: string, flags: LabFlags): Promise<void> {
  const runsAll = name === 'all';
  const experiments = runsAll ? EXPERIMENTS : [findExperiment(name)];
  const { out, language, json = false } = flags;
  const folder = out === undefined ? undefined : await ResultFolder.open(out, language);
  const isComplete = await runInterruptible(async (signal) => {
    let bar = progressBar('');
    const print = (line: BilingualText | string): void => {
      bar.clear();
      if (!json) writeOutput(`${typeof line === 'string' ? line : line[language]}\n`);
    };
    await using bench = new LabBench({
      ...flags,
      signal,
      print,
      onProgress: (done, total) => bar.show(done, total),
    });
    const allComplete = await runLab({
      bench,
      experiments,
      onBegin: (experiment, index) => {
        bar = progressBar(
          runsAll ? `${experiment.name} (${index + 1} of ${experiments.length})` : experiment.name,
        );
      },
      onResult: async (result) => {
        bar.clear();
        if (json) writeOutputJson(result);
        else writeOutput(`${terminalReport(result, language)}\n`);
        await folder?.add(result);
      },
      ...(runsAll && {
        onFailure: (experiment, error) => {
          bar.clear();
          writeDiagnostic(`${experiment.name}: ${error.fullLine}`);
        },
      }),
    });
    if (signal.aborted) process.exitCode = INTERRUPT_EXIT_CODE;
    return allComplete;
  });
  if (folder !== undefined) writeDiagnostic(`${folder.path}/index.html`);
  if (!isComplete && process.exitCode === undefined) process.exitCode = 1;
}

async function render(path: string, { out = path, language }: LabFlags): Promise<void> {
  await renderFolder(path, out, language);
  writeDiagnostic(`${out}/index.html`);
}

async function compare(a: string, b: string, { language, json }: LabFlags): Promise<void> {
  const [before, after] = [await readResult(a), await readResult(b)];
  if (before.experiment !== after.experiment)
    throw new QuireError(
      'bad_option',
      `${a} is a result of ${before.experiment}, and ${b} of ${after.experiment}`,
      'compare two results of one experiment',
    );
  const comparison = compareResults(before, after);
  if (json === true) writeOutputJson(comparison);
  else writeOutput(comparisonText(comparison, language));
}

function comparisonText(comparison: ResultComparison, language: Language): string {
  const { otherConditions, unmatched } = comparison;
  const footnote = (name: BilingualText, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`${name[language]}: ${items.join(', ')}`];
  const footnotes = [
    ...footnote(
      REPORT_TEXTS.otherConditions,
      otherConditions.map((name) => CONDITION_NAMES[name][language]),
    ),
    ...footnote(REPORT_TEXTS.unmatched, unmatched),
  ];
  return `${[...tableLines(comparisonTable(comparison), language), ...footnotes].join('\n')}\n`;
}
