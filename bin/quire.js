#!/usr/bin/env node
// @ts-check
// The command `quire`. In the repository it first builds outputs that are out of date. An installed package contains no sources
// and starts at once.

import { existsSync } from 'node:fs';
import { nodeVersionError } from './node-version.js';

/** @param {string[]} args */
async function start(args) {
  const versionError = nodeVersionError();
  if (versionError) {
    process.stderr.write(`${versionError}\n`);
    return 1;
  }
  const setup = new URL('../tools/setup.js', import.meta.url);
  if (existsSync(setup) && !(await (await import(setup.href)).setUpAndReportErrors())) return 1;
  const { main } = await import(new URL('../dist/cli/main.js', import.meta.url).href);
  return main(args);
}

process.exitCode = await start(process.argv.slice(2));
