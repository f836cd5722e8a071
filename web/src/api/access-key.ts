// The API key: stored for this tab or for this browser, as the user chooses, and never part of a URL. See "Keys" in
// docs/chat-protocol.md.

export type KeyStorage = 'tab' | 'browser';

export interface AccessKey {
  readonly key: string;
  readonly storage: KeyStorage;
}

const STORAGE_KEY = 'quire.key';

/** Returns the stored key; an empty key if none is stored or storage is disabled. */
export function readKey(): AccessKey {
  try {
    const tabKey = sessionStorage.getItem(STORAGE_KEY);
    if (tabKey) return { key: tabKey, storage: 'tab' };
    const browserKey = localStorage.getItem(STORAGE_KEY);
    if (browserKey) return { key: browserKey, storage: 'browser' };
  } catch {}
  return { key: '', storage: 'tab' };
}

/** Stores the key, or removes the stored key if `key` is empty. */
export function saveKey({ key, storage }: AccessKey): void {
  try {
    sessionStorage.removeItem(STORAGE_KEY);
    localStorage.removeItem(STORAGE_KEY);
    if (key) (storage === 'tab' ? sessionStorage : localStorage).setItem(STORAGE_KEY, key);
  } catch {}
}

export function keyHeaders(key: string): Record<string, string> {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** Returns the subprotocols of the WebSocket. The list is empty without a key: the server may then accept no subprotocol. */
export function keyProtocols(key: string): string[] {
  return key ? ['quire', `quire.key.${base64url(key)}`] : [];
}

function base64url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
