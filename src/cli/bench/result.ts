// The result of `quire bench` as `--json` prints it and `--compare` reads it. Other fields may be added in later versions.

import { z } from 'zod';
import { KV_DTYPES } from '../../base/model/kv-layout.ts';
import { type JsonFileKind, readJsonFile, unreadableJsonError } from '../../base/node/read-json-file.ts';
import type { Limits } from '../../kernels/limits.ts';
import type { Profile } from './profile.ts';
import type { SpeedLimits } from './speed-limits.ts';

export const BENCH_FORMAT = 'quire-bench/1';

// Far above what the command measures; a file with more must not exhaust the stack or fill the terminal.
const MAX_ENTRIES = 1000;

const text = z.string().max(MAX_ENTRIES);
const speed = z.number().min(0);
const count = z.int().min(1);
const speedsSchema = z.object({
  prefillTokensPerSecond: speed,
  decodeTokensPerSecond: speed,
  throughputTokensPerSecond: speed,
});
const runSchema = z.object({
  ...{ promptTokens: count, generateTokens: count, concurrency: count },
  ...speedsSchema.shape,
  repetitions: z.array(speedsSchema).min(1).max(MAX_ENTRIES),
});
const resultSchema = z.object({
  format: z.literal(BENCH_FORMAT),
  model: text,
  weightType: text,
  weightBytes: z.number(),
  backend: text,
  instructionSet: text,
  kvDtype: z.enum(KV_DTYPES),
  threads: count,
  cache: text,
  draftTokens: z.int(),
  loadMs: z.number().min(0),
  disturbed: z.boolean().optional(),
  runs: z.array(runSchema).min(1).max(MAX_ENTRIES),
});

export type EarlierRun = z.infer<typeof runSchema>;
export type EarlierResult = z.infer<typeof resultSchema>;

/** The medians of the repetitions, which are in `repetitions`. */
export interface RunResult extends EarlierRun, Partial<SpeedLimits> {
  readonly kvBytesReserved: number;
  readonly kvBytesUsed: number;
  readonly profile?: Profile;
}

/** Also has the fields of the first run, except its repetitions and its profile. */
export interface BenchResult extends EarlierResult {
  readonly peakResidentBytes: number;
  /** measured before and after the runs; absent if the native kernels are not built */
  readonly limits?: Limits;
  readonly limitsAfter?: Limits;
  readonly runs: RunResult[];
}

const KIND: JsonFileKind = {
  name: 'result of quire bench',
  hintIfMissing: 'give the output of an earlier quire bench --json',
  hintIfUnreadable: 'give the output of quire bench --json of this version',
};

/** Reads and validates an earlier result. Throws `file_not_found` and `file_unreadable`. */
export async function readBenchResult(path: string): Promise<EarlierResult> {
  const parsed = resultSchema.safeParse(await readJsonFile(path, KIND));
  if (parsed.success) return parsed.data;
  const { path: keys, message } = parsed.error.issues[0]!;
  throw unreadableJsonError(path, KIND, `${keys.join('.') || 'the file'}: ${message}`);
}
