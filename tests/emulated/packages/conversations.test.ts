// Loads the kernels of packages in Node for other processors and systems, and in Bun for musl: the answers are those of the kernels of this machine.

import { beforeAll, expect, it } from 'vitest';
import type { PlatformName } from '../../../src/base/node/platform-packages.ts';
import { addonOf } from '../../support/emulated/addons.ts';
import { needsArm64, needsWine, openArm64, openWindows } from '../../support/emulated/emulators.ts';
import { type Answer, converse, type Machine, THIS_MACHINE } from '../../support/emulated/machine.ts';
import { needsMusl, openMusl } from '../../support/emulated/musl.ts';
import { describeWith, needsNative } from '../../support/needs.ts';
import { buildQuire } from '../../support/quire-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const BUILD_TIMEOUT_MS = 1_800_000;

const folder = temporaryFolder('packages');
const options = { backend: 'native', threads: 2, kvMemory: 2 ** 24 } as const;
const textsOf = (answers: readonly Answer[]) => answers.map(({ tokens, text }) => ({ tokens, text }));

/** Holds the conversation with the file `addon` as kernels, and with `instructionSet`. */
async function converseWith(machine: Machine, addon: string, instructionSet: string): Promise<Answer[]> {
  const env = { QUIRE_NATIVE: machine.pathOf(addon) };
  return converse(machine, { ...options, instructionSet }, folder, env);
}

describeWith(needsNative(), 'the kernels of a package', () => {
  let expected: ReturnType<typeof textsOf>;
  const expectSameTexts = async (
    machine: Machine,
    platform: PlatformName,
    instructionSet: string,
  ): Promise<void> => {
    const answers = await converseWith(machine, await addonOf(platform), instructionSet);
    expect(textsOf(answers)).toEqual(expected);
  };

  beforeAll(async () => {
    await buildQuire();
    expected = textsOf(await converse(THIS_MACHINE, { ...options, instructionSet: 'plain' }, folder));
  });

  describeWith(needsArm64(), 'linux-arm64-gnu', () => {
    it.each([
      ['max', 'neon'],
      ['max', 'plain'],
      ['cortex-a53', 'plain'],
    ])(
      'answers on %s with %s as here',
      async (cpu, instructionSet) => expectSameTexts(await openArm64(cpu), 'linux-arm64-gnu', instructionSet),
      BUILD_TIMEOUT_MS,
    );
  });

  describeWith(needsMusl(), 'linux-x64-musl', () => {
    it.each(['avx2', 'plain'])(
      'answers in Bun with %s as here',
      async (instructionSet) => expectSameTexts(await openMusl(), 'linux-x64-musl', instructionSet),
      BUILD_TIMEOUT_MS,
    );
  });

  describeWith(needsWine(), 'win32-x64', () => {
    it.each(['avx2', 'plain'])(
      'answers with %s as here',
      async (instructionSet) => expectSameTexts(await openWindows(folder), 'win32-x64', instructionSet),
      BUILD_TIMEOUT_MS,
    );
  });
});
