// The key that the server may ask for: kept by this tab or by this browser, as the reader chooses, and never put
// into an address. See "Keys" in docs/chat-protocol.md.

export type KeyPlace = 'tab' | 'browser';

export interface AccessKey {
  readonly key: string;
  readonly place: KeyPlace;
}

const STORAGE_KEY = 'quire.key';

/** Storage may be switched off; there is then no key. */
export function readKey(): AccessKey {
  try {
    const ofTab = sessionStorage.getItem(STORAGE_KEY);
    if (ofTab) return { key: ofTab, place: 'tab' };
    const ofBrowser = localStorage.getItem(STORAGE_KEY);
    if (ofBrowser) return { key: ofBrowser, place: 'browser' };
  } catch {}
  return { key: '', place: 'tab' };
}

/** An empty key is forgotten. */
export function keepKey({ key, place }: AccessKey): void {
  try {
    sessionStorage.removeItem(STORAGE_KEY);
    localStorage.removeItem(STORAGE_KEY);
    if (key) (place === 'tab' ? sessionStorage : localStorage).setItem(STORAGE_KEY, key);
  } catch {}
}

export function keyHeaders(key: string): Record<string, string> {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** Subprotocols of the socket; none without a key, because a server may then answer none. */
export function keyProtocols(key: string): string[] {
  return key ? ['quire', `quire.key.${base64url(key)}`] : [];
}

function base64url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
