// Tests are sorted by what they cost: beside the code (milliseconds), the house's own, golden (tiny real models), processes
// and pages (each waits for another program), and e2e (a server under load), which run last and one at a time.

import { defineConfig } from 'vitest/config';

// Minutes of it: with all long tests, or by itself.
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
          isolate: false, // a third of the time went into loading the same modules for each file
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
