// @ts-check
// One kind of fault only, which needs types to be seen: a promise that nobody awaits and nobody catches, since each may
// end the process. `void` in front of one does not help. Everything else is Biome's (biome.json). A function that may
// be called without waiting for it says "never rejects" in its comment and is listed here.

import tseslint from 'typescript-eslint';

/** Functions that never reject, by the file that defines them. */
const SAFE_CALLS = [];

export default tseslint.config({
  files: ['src/**/*.ts', 'web/src/**/*.{ts,tsx}'],
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
  },
  plugins: { '@typescript-eslint': tseslint.plugin },
  rules: {
    '@typescript-eslint/no-floating-promises': [
      'error',
      { ignoreVoid: false, allowForKnownSafeCalls: SAFE_CALLS },
    ],
    '@typescript-eslint/no-misused-promises': 'error',
  },
});
