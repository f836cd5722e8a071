// Reads what the files of Sentence Transformers in the folder of a checkpoint say about embeddings.

import { join } from 'node:path';
import { type PoolingSettings, poolingOfModules, readModules } from '../pooling.ts';
import { readOptionalJson } from './read-json.ts';
import { readOptionalText } from './read-text.ts';

const MODULES = 'modules.json';

/** Returns the pooling of the model in `folder`. A modules.json that is no list of modules is an unsupported pooling. */
export async function readPooling(folder: string): Promise<PoolingSettings> {
  const text = await readOptionalText(join(folder, MODULES));
  if (text === undefined) return {};
  const modules = readModules(parse(text));
  if (modules === undefined) return { unsupportedPooling: `${MODULES} is not a list of modules` };
  const pooling = modules.find(({ type }) => type === 'Pooling');
  const config =
    pooling === undefined ? {} : await readOptionalJson(join(folder, pooling.path), 'config.json');
  return poolingOfModules(modules, config);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
