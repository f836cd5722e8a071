// The keys of `quire serve`: from the command line, the environment and a file, each with the limits that it has there or,
// where it has none, those of the command line.

import { QuireError } from '../base/errors.ts';
import { type ApiKey, apiKey, type KeyLimits } from '../server/http/keys/api-key.ts';
import { readKeyFile } from '../server/http/keys/key-file.ts';

export interface KeyFlags {
  readonly apiKey?: readonly string[];
  readonly apiKeyFile?: string;
  readonly keyRpm?: number;
  readonly keyTpm?: number;
  readonly keyParallel?: number;
}

/** @param onWarning is told of a file that others can read. Raises what reading it does, and `bad_option`. */
export async function serveKeys(
  flags: KeyFlags,
  onWarning: (warning: QuireError) => void,
): Promise<readonly ApiKey[]> {
  const { QUIRE_API_KEY: fromEnvironment } = process.env;
  const texts = [...(flags.apiKey ?? []), ...(fromEnvironment ? [fromEnvironment] : [])];
  const file = flags.apiKeyFile === undefined ? undefined : await readKeyFile(flags.apiKeyFile);
  if (file?.warning !== undefined) onWarning(file.warning);
  const keys = withoutRepeats([...(file?.keys ?? []), ...[...new Set(texts)].map((text) => apiKey(text))]);
  const usual: KeyLimits = {
    requestsPerMinute: flags.keyRpm,
    tokensPerMinute: flags.keyTpm,
    parallel: flags.keyParallel,
  };
  if (keys.length === 0) checkNoLimits(usual);
  return keys.map((key) => ({ ...key, limits: { ...usual, ...key.limits } }));
}

// One that is in the file has its name and limits there, wherever else it is given.
function withoutRepeats(keys: readonly ApiKey[]): readonly ApiKey[] {
  return keys.filter(
    (key, index) =>
      !keys.slice(0, index).some((one) => one.digest.equals(key.digest) && key.name === undefined),
  );
}

function checkNoLimits(limits: KeyLimits): void {
  if (Object.values(limits).every((one) => one === undefined)) return;
  throw new QuireError(
    'bad_option',
    'there are limits for keys, and no key',
    'give --api-key-file or --api-key',
  );
}
