// Moves stored conversations to the current ids of their keys when the server starts and when keys change, because the id of a
// key can change. Rejects a secret other than the one from which the stored ids were computed, because with it no key would find
// its conversations.

import { QuireError } from '../../../base/errors.ts';
import type { Service } from '../../../service/service.ts';
import type { KeyRing } from './key-ring.ts';

/** Name of the stored setting. Its owner is `''`, which is not the id of any key. */
const SETTING = 'key-secret';

/** Rejects with `key_secret_changed` and errors of the store. */
export async function updateConversationOwners(
  { store, conversations, turns }: Pick<Service, 'store' | 'conversations' | 'turns'>,
  keys: KeyRing,
): Promise<void> {
  if (keys.ids.length === 0) return;
  const storedFingerprint = await store.setting('', SETTING);
  if (storedFingerprint === undefined) await store.set('', SETTING, keys.secretFingerprint);
  else if (storedFingerprint !== keys.secretFingerprint) throw secretChangedError();
  for (const { from, to } of keys.formerIds()) {
    turns.changeOwner(from, to);
    await conversations.changeOwner(from, to);
  }
  for (const id of keys.ids) await store.knowKey(id);
}

const secretChangedError = (): QuireError =>
  new QuireError(
    'key_secret_changed',
    'the ids of the keys that own the stored conversations were computed with another secret',
    'restore the original file key-secret of the data folder (docs/security.md)',
  );
