// Every test file has a data folder of its own: no test sees what another one, or the person at this machine, keeps.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'quire-data-'));
process.env.XDG_DATA_HOME = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
