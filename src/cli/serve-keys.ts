// The API keys of `quire serve` from the command line, the environment and a file. A key without limits in the file has the
// limits of the command line.

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

/** Reads the keys. Rejects with the error of the file, or `bad_option`. @param onWarning called if others can read the file */
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

// A key that is also in the file has the name and the limits of the file.
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
    'limits for API keys need an API key',
    'add --api-key-file or --api-key',
  );
}
