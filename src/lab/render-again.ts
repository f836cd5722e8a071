// Renders a saved result again from its measured data, without measuring.

import { QuireError } from '../base/errors.ts';
import { createResult } from './create-result.ts';
import { EXPERIMENTS } from './experiments.ts';
import { unreadableError } from './read-result.ts';
import type { LabResult } from './result.ts';

/**
 * Returns the result with new tables, charts and sentences. Results of other programs are returned unchanged. Throws
 * `file_unreadable` for data that is missing, of another version or damaged.
 * @param path path of the file, for error messages
 */
export function renderAgain(saved: LabResult, path: string): LabResult {
  const experiment = EXPERIMENTS.find(({ name }) => name === saved.experiment);
  if (experiment === undefined) return saved;
  const { data, status, seconds, conditions } = saved;
  const { name, dataVersion, dataSchema } = experiment;
  if (data === undefined) {
    if (status === 'interrupted') return saved; // interrupted before there was anything to report
    throw outdatedError(path, 'it has no measured data', name);
  }
  if (data.version !== dataVersion)
    throw outdatedError(
      path,
      `its data has version ${data.version}, and version ${dataVersion} is needed`,
      name,
    );
  const parsed = dataSchema.safeParse(data.values);
  if (!parsed.success) {
    const { path: keys, message } = parsed.error.issues[0]!;
    throw unreadableError(path, `data.values.${keys.join('.')}: ${message}`);
  }
  const measured = { data: parsed.data, interrupted: status === 'interrupted', seconds, conditions };
  try {
    // The data is returned as it was saved, including the order of its keys.
    return { ...requireFinite(createResult(experiment, measured)), data };
  } catch (error) {
    // Values of the right types can still contradict each other, for example lists of different lengths.
    throw unreadableError(
      path,
      `its data is inconsistent (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

// Throws if the result contains NaN or infinity, which JSON cannot store, for example from a quotient of zeros.
function requireFinite(result: LabResult): LabResult {
  const { tables, charts, metrics, seen, apart } = result;
  const numbers = JSON.stringify([tables, charts, metrics], (_, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`it yields ${value}`);
    return value;
  });
  const nonFinite = /\bNaN\b|∞/.exec(numbers + JSON.stringify([seen, apart]));
  if (nonFinite !== null) throw new Error(`it yields ${nonFinite[0]}`);
  return result;
}

const outdatedError = (path: string, reason: string, experiment: string): QuireError =>
  new QuireError(
    'file_unreadable',
    `${path} was written by another version of Quire: ${reason}`,
    `measure again with quire lab ${experiment} --out FOLDER, or remove the file`,
  );
