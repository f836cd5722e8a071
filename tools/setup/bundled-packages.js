// @ts-check
// The packages whose code becomes part of `dist`, with the code of the packages that they use. They are development dependencies,
// so that npm does not install them with Quire: only a small part of their files is needed.

export const BUNDLED_PACKAGES = [
  '@fastify/cors',
  '@fastify/static',
  'commander',
  'kysely',
  'libsql',
  'prom-client',
  'ws',
  'zod',
];
