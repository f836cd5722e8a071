// `quire bench`: measures the prefill and decode speed of a model, and in the same process the peak rates of the machine,
// from which the limits of these speeds are derived.

import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { QuireError } from '../../base/errors.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import type { Engine } from '../../engine/engine.ts';
import { chooseBackend } from '../../engine/node/choose-backend.ts';
import type { Backend } from '../../kernels/backend.ts';
import { type Limits, stepLimitMs } from '../../kernels/limits.ts';
import { measureLimits, nativeUnavailable } from '../../kernels/native/node/native-backend.ts';
import { measureWasmLimits } from '../../kernels/wasm/node/wasm-backend.ts';
import { addModelOptions, type ModelFlags } from '../model-options.ts';
import { progressBar } from '../progress-bar.ts';
import { writeDiagnostic, writeOutput, writeOutputJson } from '../terminal.ts';
import { parseInteger, parseIntegers } from '../values.ts';
import { type Conditions, checkComparable, compareBench } from './compare.ts';
import { changedPeaks, higherPeaks } from './disturbance.ts';
import { loadBenchEngine } from './load.ts';
import { type MeasuredRun, measureRuns, runResult } from './measure-runs.ts';
import { benchText, disturbanceWarning } from './report-text.ts';
import { BENCH_FORMAT, type BenchResult, type EarlierResult, readBenchResult } from './result.ts';
import { allRunSizes, type RunLists, type RunSizes } from './run-sizes.ts';
import { StepLog } from './step-log.ts';

interface BenchFlags extends ModelFlags, RunLists {
  readonly repetitions: number;
  readonly compare?: string;
  readonly profile?: boolean;
  readonly json?: boolean;
}

const MAX_REPETITIONS = 1000;

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('measure the speed of a model and the limits of the machine')
    .addOption(listOption('--prompt-tokens <list>', 'tokens of each prompt, such as 512 or 512,4096', 512))
    .addOption(listOption('--generate-tokens <list>', 'tokens of each answer, such as 64', 64))
    .addOption(listOption('--concurrency <list>', 'number of concurrent requests, such as 1,16', 1))
    .option('--repetitions <n>', 'number of repetitions; the median is reported', parseInteger, 3)
    .option('--compare <file>', 'compare with an earlier output of --json')
    .option('--profile', 'also measure the time of each operation (native backend)')
    .option('--json', 'print one JSON object');
  return addModelOptions(command).action(bench);
}

const listOption = (flag: string, help: string, value: number): Option =>
  new Option(flag, help).argParser(parseIntegers).default([value], String(value));

async function bench(flags: BenchFlags): Promise<void> {
  const { repetitions, profile = false, threads } = flags;
  if (repetitions < 1 || repetitions > MAX_REPETITIONS)
    throw new QuireError(
      'bad_option',
      `repetitions is ${repetitions}`,
      `use a whole number from 1 to ${MAX_REPETITIONS}`,
    );
  const sizes = allRunSizes(flags);
  const earlier = flags.compare === undefined ? undefined : await readBenchResult(flags.compare);
  const log = new StepLog(profile);
  const backend = log.record(chooseBackend(omitUndefined({ backend: flags.backend, threads })));
  const measurePeaks = (): Promise<Limits | undefined> => peaksOf(backend, threads);
  const limits = await measurePeaks();
  const setup = { flags, sizes, earlier, log, backend };
  const { conditions, loadMs, runs } = await measureModel(setup);
  const peakResidentBytes = process.resourceUsage().maxRSS * 1024; // before the memory of the peak rates is allocated again
  const limitsAfter = await measurePeaks();
  const peaks = limits && limitsAfter && higherPeaks(limits, limitsAfter);
  const runResults = runs.map((run) =>
    runResult(run, log, peaks && ((step) => stepLimitMs(log.workOf(step), peaks))),
  );
  const { repetitions: _repetitions, profile: _profile, ...first } = runResults[0]!;
  const result: BenchResult = {
    format: BENCH_FORMAT,
    ...conditions,
    ...first,
    ...{ loadMs, peakResidentBytes },
    ...omitUndefined({ limits, limitsAfter }),
    ...(limits && limitsAfter && { disturbed: changedPeaks(limits, limitsAfter).length > 0 }),
    runs: runResults,
  };
  const comparison = earlier && compareBench(earlier, result);
  const warning = limits && limitsAfter && disturbanceWarning(limits, limitsAfter);
  if (warning !== undefined) writeDiagnostic(warning);
  if (flags.json === true) writeOutputJson({ ...result, ...omitUndefined({ comparison }) });
  else writeOutput(benchText(result, comparison));
}

interface Setup {
  readonly flags: BenchFlags;
  readonly sizes: readonly RunSizes[];
  readonly earlier: EarlierResult | undefined;
  readonly log: StepLog;
  /** its steps are recorded in `log` */
  readonly backend: Backend;
}

interface Measured {
  readonly conditions: Conditions;
  readonly loadMs: number;
  readonly runs: readonly MeasuredRun[];
}

// Returns the peak rates of the instructions that the backend uses, or of the native kernels for the reference backend.
async function peaksOf({ name }: Backend, threads: number | undefined): Promise<Limits | undefined> {
  if (name === 'wasm') return measureWasmLimits({ threads });
  return nativeUnavailable() === undefined ? measureLimits({ threads }) : undefined;
}

async function measureModel({ flags, sizes, earlier, log, backend }: Setup): Promise<Measured> {
  const loadStart = performance.now();
  await using engine = await loadBenchEngine(flags, backend, sizes);
  const loadMs = performance.now() - loadStart;
  const conditions = conditionsOf(engine, flags);
  if (earlier !== undefined) checkComparable(earlier, conditions, sizes);
  const bar = progressBar('repetitions');
  const { repetitions, profile = false } = flags;
  const onProgress = bar.show;
  const runs = await measureRuns(engine, sizes, { log, repetitions, profile, onProgress });
  bar.clear();
  return { conditions, loadMs, runs };
}

function conditionsOf({ info }: Engine, { threads, draftTokens = 0 }: BenchFlags): Conditions {
  return {
    model: info.model,
    weightType: info.work.mainDtype,
    weightBytes: info.weightBytes,
    backend: info.backend,
    instructionSet: info.numerics,
    kvDtype: info.kvDtype,
    threads: info.backend === 'reference' ? 1 : (threads ?? availableParallelism()),
    cache: info.cache,
    draftTokens,
  };
}
