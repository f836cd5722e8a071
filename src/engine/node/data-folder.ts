// Returns the default folders for persistent data.

import { join } from 'node:path';
import { xdgFolder } from './xdg-folder.ts';

/** Returns the default folder of persistent data: `$XDG_DATA_HOME/quire`. */
export const defaultDataFolder = (): string =>
  join(xdgFolder(process.env.XDG_DATA_HOME, '.local', 'share'), 'quire');

/** Returns the default folder of keys and values that are offloaded to disk. */
export const defaultKvFolder = (): string => join(defaultDataFolder(), 'kv');
