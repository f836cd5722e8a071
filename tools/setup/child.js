// @ts-check
// Runs commands and shows their output only if they fail.

import { spawn } from 'node:child_process';

const MAX_CHARACTERS = 20_000;

/**
 * Runs a command. Rejects with the end of the output if the exit code is not 0.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, shell?: boolean, env?: Record<string, string> }} options `env` is added to the environment of this
 * process
 * @returns {Promise<void>}
 */
export function runQuietly(command, args, options) {
  return new Promise((resolve, reject) => {
    let output = '';
    const collect = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk).slice(-MAX_CHARACTERS);
    };
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...options.env };
    const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${output.trim()}\n(exited with ${signal ?? `exit code ${code}`})`.trim()));
    });
  });
}
