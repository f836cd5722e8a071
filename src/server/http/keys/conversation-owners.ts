// Which conversations a key finds when the server starts, and when keys change: those under its id, and those under ids that
// it had before, which are brought to it. A secret that is not the one that the stored ids were made with is refused: under it nobody would
// find anything.

import { QuireError } from '../../../base/errors.ts';
import type { Service } from '../../../service/service.ts';
import type { KeyRing } from './key-ring.ts';

const SETTING = 'key-secret'; // of the owner '', whom no key has

/** Raises `key_secret_changed`, and what the store raises. */
export async function settleOwners(
  { store, conversations, turns }: Pick<Service, 'store' | 'conversations' | 'turns'>,
  keys: KeyRing,
): Promise<void> {
  if (keys.ids.length === 0) return;
  const print = await store.setting('', SETTING);
  if (print === undefined) await store.set('', SETTING, keys.print);
  else if (print !== keys.print) throw changed();
  for (const { from, to } of keys.formerIds()) {
    turns.changeOwner(from, to);
    await conversations.changeOwner(from, to);
  }
  for (const id of keys.ids) await store.knowKey(id);
}

const changed = (): QuireError =>
  new QuireError(
    'key_secret_changed',
    'the stored conversations belong to keys under another secret',
    'restore the file key-secret of the data folder that they were stored with (docs/security.md)',
  );
