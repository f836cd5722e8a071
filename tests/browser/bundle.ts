// A bundle for browsers that has no way round: an import of one of Node's modules fails it, where bundlers would put in
// something that fails later.

import { isBuiltin } from 'node:module';
import { build, type Plugin } from 'vite';

export interface Bundle {
  /** one ES module */
  readonly code: string;
  /** paths of the files that it was made of */
  readonly files: readonly string[];
}

/** @param entry path of the file whose exports the bundle has */
export async function bundleForBrowser(entry: string): Promise<Bundle> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [REFUSE_NODE],
    build: { write: false, target: 'es2022', minify: true, lib: { entry, formats: ['es'] } },
  });
  const outputs = Array.isArray(built) ? built : [built];
  const chunks = outputs
    .flatMap((one) => ('output' in one ? one.output : []))
    .filter((one) => one.type === 'chunk');
  const [chunk] = chunks;
  if (chunk === undefined || chunks.length > 1) throw new Error(`${chunks.length} chunks instead of one`);
  return { code: chunk.code, files: Object.keys(chunk.modules) };
}

const REFUSE_NODE: Plugin = {
  name: 'refuse-node',
  enforce: 'pre',
  resolveId(id, importer) {
    if (isBuiltin(id)) throw new Error(`${importer} imports ${id}, which no browser has`);
    return null;
  },
};
