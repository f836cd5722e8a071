// Creates bundles for browsers. An import of a Node module fails the build; by default the bundler would insert a stub that fails
// at run time.

import { isBuiltin } from 'node:module';
import { build, type Plugin } from 'vite';

export interface Bundle {
  /** one ES module */
  readonly code: string;
  /** paths of the bundled files */
  readonly files: readonly string[];
}

/** @param entry path of the file whose exports the bundle exports */
export async function bundleForBrowser(entry: string): Promise<Bundle> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [REJECT_NODE_MODULES],
    build: { write: false, target: 'es2022', minify: true, lib: { entry, formats: ['es'] } },
  });
  const outputs = Array.isArray(built) ? built : [built];
  const chunks = outputs
    .flatMap((output) => ('output' in output ? output.output : []))
    .filter((output) => output.type === 'chunk');
  const [chunk] = chunks;
  if (chunk === undefined || chunks.length > 1)
    throw new Error(`the build created ${chunks.length} chunks instead of one`);
  return { code: chunk.code, files: Object.keys(chunk.modules) };
}

const REJECT_NODE_MODULES: Plugin = {
  name: 'reject-node-modules',
  enforce: 'pre',
  resolveId(id, importer) {
    if (isBuiltin(id)) throw new Error(`${importer} imports ${id}, which no browser has`);
    return null;
  },
};
