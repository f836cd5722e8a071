// @ts-check
// The packages whose code becomes part of `dist`, with the code of the packages that they use. They are development dependencies,
// so that npm does not install them with Quire: only a small part of their files is needed.

export const BUNDLED_PACKAGES = [
  '@fastify/cors',
  '@fastify/static',
  'commander',
  'fastify',
  'kysely',
  'libsql',
  'pino',
  'prom-client',
  'ws',
  'zod',
];

/** Packages that a module imports when they are needed. They are optional peer dependencies. */
export const OPTIONAL_PACKAGES = ['pg', 'vega', 'vega-lite'];
