// `quire synth`: writes a model file with random weights and the exact shapes of a public model, for measurements on
// machines that cannot download one.

import { Command, Option } from 'commander';
import { QuireError } from '../base/errors.ts';
import { formatBytes } from '../base/format-bytes.ts';
import { DTYPES, type DtypeName } from '../base/model/dtypes.ts';
import { nearestName } from '../base/nearest-name.ts';
import { writeGguf } from '../formats/node/write-gguf.ts';
import { fillTensor } from '../models/synthetic/fill-tensor.ts';
import { findShape, PUBLIC_SHAPES, type PublicShape } from '../models/synthetic/public-shapes.ts';
import { RandomBlocks } from '../models/synthetic/random-blocks.ts';
import { syntheticModel } from '../models/synthetic/synthetic-model.ts';
import { progressBar } from './progress-bar.ts';
import { say } from './terminal.ts';
import { integer } from './values.ts';

interface SynthFlags {
  readonly like: string;
  readonly quant: DtypeName;
  readonly out: string;
  readonly seed: number;
}

const NAMES = PUBLIC_SHAPES.map(({ name }) => name);

export function synthCommand(): Command {
  return new Command('synth')
    .description('write a model file with random weights and the shapes of a public model')
    .requiredOption('--like <name>', NAMES.join(', '))
    .addOption(
      new Option('--quant <type>', 'data type of the linear layers')
        .choices(Object.keys(DTYPES))
        .default('Q8_0' satisfies DtypeName),
    )
    .requiredOption('--out <file>', 'path of the GGUF file')
    .option('--seed <n>', 'the same seed gives the same file', integer, 1)
    .action(synth);
}

async function synth({ like, quant, out, seed }: SynthFlags): Promise<void> {
  const { metadata, tensors } = syntheticModel(shapeNamed(like), quant);
  const random = new RandomBlocks(seed);
  const bar = progressBar('writing');
  try {
    const size = await writeGguf(out, { metadata, tensors, fill: fillTensor(random) }, bar.show);
    bar.clear();
    say(`${out}  ${formatBytes(size)}\n`);
  } finally {
    bar.clear();
  }
}

function shapeNamed(name: string): PublicShape {
  const shape = findShape(name);
  if (shape !== undefined) return shape;
  const near = nearestName(name, NAMES);
  const hint = near === undefined ? `use one of ${NAMES.join(', ')}` : `did you mean ${near}?`;
  throw new QuireError('bad_option', `--like ${name} is not a known model shape`, hint);
}
