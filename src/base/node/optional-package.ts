// Packages that only some users need. They are optional peer dependencies: npm does not install them with this one.

import { QuireError } from '../errors.ts';

/**
 * Imports optional packages. Rejects with `missing_package` and the command that installs all of them if one is missing.
 * @param purpose what needs them, such as 'PostgreSQL'
 * @param specs packages with versions, such as `pg@8`
 */
export async function importOptional<Module>(
  purpose: string,
  specs: readonly string[],
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (!specs.some((spec) => isMissing(error, spec.slice(0, spec.lastIndexOf('@'))))) throw error;
    throw new QuireError(
      'missing_package',
      specs.length === 1
        ? `the package for ${purpose} is not installed`
        : `the packages for ${purpose} are not installed`,
      `run: npm install ${specs.join(' ')} (with --global if quire-llm is installed globally)`,
      { cause: error },
    );
  }
}

// Package managers have different messages; all contain the name in quotes or followed by a space or comma.
function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error && 'code' in error)) return false;
  if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code))) return false;
  return new RegExp(`(^|[\\s'"])${name}($|[\\s'",])`).test(error.message.split('\n', 1)[0]!);
}
