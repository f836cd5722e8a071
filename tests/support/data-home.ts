// Sets a separate data folder for each test file, so that tests do not find files of other tests or of the user.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'quire-data-'));
process.env.XDG_DATA_HOME = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
