// Type declarations of a package: only those that its entry points use are published.

import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

type Exports = Readonly<Record<string, string | { readonly types: string }>>;

/** Removes the type declarations of the package in `folder` that no entry point imports, directly or indirectly. */
export async function removeInternalTypes(folder: string, exports: Exports): Promise<void> {
  const entries = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : target.types,
  );
  const used = new Set<string>();
  for (const entry of entries) await addImported(resolve(folder, entry), used);
  const dist = join(folder, 'dist');
  for (const name of await readdir(dist, { recursive: true })) {
    const path = join(dist, name);
    if (name.endsWith('.d.ts') && !used.has(path)) await rm(path);
  }
}

async function addImported(path: string, used: Set<string>): Promise<void> {
  if (used.has(path)) return;
  used.add(path);
  for (const [, target] of (await readFile(path, 'utf8')).matchAll(
    /(?:from|import)\s*\(?['"](\.[^'"]+)['"]/g,
  ))
    await addImported(resolve(dirname(path), target!.replace(/\.(ts|js)$/, '.d.ts')), used);
}
