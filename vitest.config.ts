// The test projects, ordered by cost: unit tests beside the code (milliseconds), rules of the repository (house), tiny real
// models (golden), other processes and web pages (processes), and servers under load (e2e), which run last and one by one.

import { defineConfig } from 'vitest/config';

// Soak tests take minutes: they run with all long tests, or when QUIRE_SOAK_MINUTES is set.
const SOAKS = process.env.QUIRE_FULL === '1' || process.env.QUIRE_SOAK_MINUTES !== undefined;

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    setupFiles: ['tests/support/data-home.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'web/src/**/*.test.{ts,tsx}'],
          isolate: false, // with isolation a third of the time went into loading the same modules for each file
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'house',
          include: ['tests/house/**/*.test.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'golden',
          include: ['golden', 'fuzz', 'storage', 'contract', 'lab'].map(
            (name) => `tests/${name}/**/*.test.ts`,
          ),
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: ['cli', 'page', 'browser'].map((name) => `tests/${name}/**/*.test.ts`),
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e', ...(SOAKS ? ['soak'] : [])].map((name) => `tests/${name}/**/*.test.ts`),
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
