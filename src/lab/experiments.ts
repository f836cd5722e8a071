// The experiments, in the order of a report.

import { QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { Experiment } from './experiment.ts';
import { backends } from './experiments/backends/backends.ts';
import { batching } from './experiments/batching/batching.ts';
import { compile } from './experiments/compile/compile.ts';
import { growth } from './experiments/growth/growth.ts';
import { kvDtype } from './experiments/kv-dtype/kv-dtype.ts';
import { modes } from './experiments/modes/modes.ts';
import { shapes } from './experiments/shapes/shapes.ts';
import { sharing } from './experiments/sharing/sharing.ts';
import { speculation } from './experiments/speculation/speculation.ts';
import { turns } from './experiments/turns/turns.ts';
import { waste } from './experiments/waste/waste.ts';
import { EXTERNAL_RESULTS } from './external-results.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  modes,
  shapes,
  growth,
  turns,
  sharing,
  waste,
  batching,
  kvDtype,
  compile,
  backends,
  speculation,
];

/** Returns an experiment by name. Throws `bad_option` for an unknown name, and suggests the nearest name. */
export function findExperiment(name: string): Experiment {
  const foundExperiment = EXPERIMENTS.find((experiment) => experiment.name === name);
  if (foundExperiment !== undefined) return foundExperiment;
  const command = Object.hasOwn(EXTERNAL_RESULTS, name) ? EXTERNAL_RESULTS[name] : undefined;
  if (command !== undefined)
    throw new QuireError(
      'bad_option',
      `${name} is measured by another program, not by quire lab`,
      `run ${command} in the repository of Quire; quire lab render FOLDER then includes its result`,
    );
  const names = EXPERIMENTS.map((experiment) => experiment.name);
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? `use ${names.join(', ')} or all` : `did you mean ${nearest}?`;
  throw new QuireError('bad_option', `there is no experiment ${JSON.stringify(name.slice(0, 64))}`, hint);
}
