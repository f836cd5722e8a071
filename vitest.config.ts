// The test projects, ordered by cost: unit tests next to the code (milliseconds), rules of the repository (house), tiny
// real models (golden), other processes and web pages (processes), and, one file after another, servers under load (e2e) and other
// processors and systems (emulated).

import { defineConfig } from 'vitest/config';

// Soak tests take minutes: they run only with QUIRE_FULL=1 or QUIRE_SOAK_MINUTES. The tests of packages compile for all platforms.
const IS_FULL = process.env.QUIRE_FULL === '1';
const RUNS_SOAK_TESTS = IS_FULL || process.env.QUIRE_SOAK_MINUTES !== undefined;

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
          include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'web/src/**/*.test.{ts,tsx}'],
          isolate: false, // isolation would load the same modules for each file, a third of the total time
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'house',
          include: ['tests/house/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000, // removes installed packages, which takes seconds on a busy machine
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
          include: ['e2e', ...(RUNS_SOAK_TESTS ? ['soak'] : [])].map((name) => `tests/${name}/**/*.test.ts`),
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'emulated',
          include: ['', ...(IS_FULL ? ['packages/'] : [])].map((name) => `tests/emulated/${name}*.test.ts`),
          // Emulated processors are slow, and hooks fetch Node for other systems and compile for them.
          testTimeout: 600_000,
          hookTimeout: 1_800_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
