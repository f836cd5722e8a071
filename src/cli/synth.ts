// `quire synth`: writes a model file with random weights and the architecture and sizes of a public model, for measurements on machines
// that cannot download the model.

import { Command, Option } from 'commander';
import { isAbort, QuireError } from '../base/errors.ts';
import { formatBytes } from '../base/format-bytes.ts';
import { DTYPES, type DtypeName } from '../base/model/dtypes.ts';
import { nearestName } from '../base/nearest-name.ts';
import { writeGguf } from '../formats/node/write-gguf.ts';
import { fillTensor } from '../models/synthetic/fill-tensor.ts';
import { findPublicModel, PUBLIC_MODELS, type PublicModel } from '../models/synthetic/public-models.ts';
import { RandomBlocks } from '../models/synthetic/random-blocks.ts';
import { createSyntheticModel } from '../models/synthetic/synthetic-model.ts';
import { INTERRUPT_EXIT_CODE, runInterruptible } from './interrupt.ts';
import { progressBar } from './progress-bar.ts';
import { writeOutput } from './terminal.ts';
import { parseInteger } from './values.ts';

interface SynthFlags {
  readonly like: string;
  readonly quant: DtypeName;
  readonly out: string;
  readonly seed: number;
}

const MODEL_NAMES = PUBLIC_MODELS.map(({ name }) => name);

export function synthCommand(): Command {
  return new Command('synth')
    .description('write a model file with random weights and the sizes of a public model')
    .requiredOption('--like <name>', MODEL_NAMES.join(', '))
    .addOption(
      new Option('--quant <type>', 'data type of the linear layers')
        .choices(Object.keys(DTYPES))
        .default('Q8_0' satisfies DtypeName),
    )
    .requiredOption('--out <file>', 'path of the GGUF file')
    .option('--seed <n>', 'seed of the random weights; the same seed gives the same file', parseInteger, 1)
    .action(synth);
}

async function synth({ like, quant, out, seed }: SynthFlags): Promise<void> {
  const { metadata, tensors } = createSyntheticModel(requireModel(like), quant);
  const random = new RandomBlocks(seed);
  const bar = progressBar('writing');
  await runInterruptible(async (signal) => {
    try {
      const options = { onProgress: bar.show, signal };
      const size = await writeGguf(out, { metadata, tensors, fill: fillTensor(random) }, options);
      bar.clear();
      writeOutput(`${out}  ${formatBytes(size)}\n`);
    } catch (error) {
      if (!isAbort(error)) throw error;
      process.exitCode = INTERRUPT_EXIT_CODE;
    } finally {
      bar.clear();
    }
  });
}

function requireModel(name: string): PublicModel {
  const model = findPublicModel(name);
  if (model !== undefined) return model;
  const nearest = nearestName(name, MODEL_NAMES);
  const hint = nearest === undefined ? `use one of ${MODEL_NAMES.join(', ')}` : `did you mean ${nearest}?`;
  throw new QuireError('bad_option', `--like ${name} is not a known model`, hint);
}
