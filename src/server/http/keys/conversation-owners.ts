// Moves stored conversations to the current ids of their keys, when the server starts and when keys change: a key may have
// had another id before. Refuses to start with another secret than the one that the stored ids were computed with, because
// then no key would find its conversations.

import { QuireError } from '../../../base/errors.ts';
import type { Service } from '../../../service/service.ts';
import type { KeyRing } from './key-ring.ts';

/** Name of the setting; its owner is `''`, which is the id of no key. */
const SETTING = 'key-secret';

/** Throws `key_secret_changed` and errors of the store. */
export async function updateConversationOwners(
  { store, conversations, turns }: Pick<Service, 'store' | 'conversations' | 'turns'>,
  keys: KeyRing,
): Promise<void> {
  if (keys.ids.length === 0) return;
  const stored = await store.setting('', SETTING);
  if (stored === undefined) await store.set('', SETTING, keys.secretFingerprint);
  else if (stored !== keys.secretFingerprint) throw secretChanged();
  for (const { from, to } of keys.formerIds()) {
    turns.changeOwner(from, to);
    await conversations.changeOwner(from, to);
  }
  for (const id of keys.ids) await store.knowKey(id);
}

const secretChanged = (): QuireError =>
  new QuireError(
    'key_secret_changed',
    'the stored conversations belong to keys under another secret',
    'restore the original file key-secret of the data folder (docs/security.md)',
  );
