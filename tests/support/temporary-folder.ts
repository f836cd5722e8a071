// Creates folders for the files of tests, and removes each folder after its tests.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';

const create = (name: string): string => mkdtempSync(join(tmpdir(), `quire-${name}-`));
const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Creates a folder for all tests of a file or of a `describe`. Returns its path. */
export function temporaryFolder(name: string): string {
  const folder = create(name);
  afterAll(() => remove(folder));
  return folder;
}

/** Creates a new folder before each test. Returns a function that returns its path. */
export function temporaryFolderForEachTest(name: string): () => string {
  let folder: string;
  beforeEach(() => {
    folder = create(name);
  });
  afterEach(() => remove(folder));
  return () => folder;
}
