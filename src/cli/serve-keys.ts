// Reads the API keys of `quire serve` from the command line, the environment and a file. The limits of the command line apply to
// keys for which the file has no limits.

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

/**
 * Reads the keys. Rejects with the error of the file, or with `bad_option`.
 * @param onWarning called if other users can read the file
 */
export async function readServeKeys(
  flags: KeyFlags,
  onWarning: (warning: QuireError) => void,
): Promise<readonly ApiKey[]> {
  const { QUIRE_API_KEY: fromEnvironment } = process.env;
  const texts = [...(flags.apiKey ?? []), ...(fromEnvironment ? [fromEnvironment] : [])];
  const file = flags.apiKeyFile === undefined ? undefined : await readKeyFile(flags.apiKeyFile);
  if (file?.warning !== undefined) onWarning(file.warning);
  const keys = withoutDuplicates([...(file?.keys ?? []), ...[...new Set(texts)].map((text) => apiKey(text))]);
  const defaultLimits: KeyLimits = {
    requestsPerMinute: flags.keyRpm,
    tokensPerMinute: flags.keyTpm,
    parallel: flags.keyParallel,
  };
  if (keys.length === 0) checkNoLimits(defaultLimits);
  return keys.map((key) => ({ ...key, limits: { ...defaultLimits, ...key.limits } }));
}

// If a key of the command line or the environment is also in the file, returns only the key of the file, which has a name and
// limits.
function withoutDuplicates(keys: readonly ApiKey[]): readonly ApiKey[] {
  return keys.filter(
    (key, index) =>
      !keys.slice(0, index).some((earlier) => earlier.digest.equals(key.digest) && key.name === undefined),
  );
}

function checkNoLimits(limits: KeyLimits): void {
  if (Object.values(limits).every((limit) => limit === undefined)) return;
  throw new QuireError(
    'bad_option',
    'limits for API keys need an API key',
    'add --api-key-file or --api-key',
  );
}
