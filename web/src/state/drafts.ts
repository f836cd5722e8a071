// What is written and not sent, by conversation. It survives a reload, in this tab, until it is sent: a session's storage
// and not the browser's, because others may use the same browser.

const STORAGE_KEY = 'quire.drafts';
const MOST = 30;
/** Characters of all drafts together; browsers keep a few million for a page. */
const LONGEST = 500_000;
const PAUSE_MS = 300;

/** Where the draft of a conversation is kept that has no id yet. */
export const NEW_DRAFT = 'new';

export class Drafts {
  /** the one written to last stands last */
  readonly #texts = new Map<string, string>(readStored());
  #timer: ReturnType<typeof setTimeout> | undefined;

  get(place: string): string {
    return this.#texts.get(place) ?? '';
  }

  /** An empty text is forgotten. */
  set(place: string, text: string): void {
    if (this.get(place) === text) return;
    this.#texts.delete(place);
    if (text !== '') this.#texts.set(place, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE_MS);
  }

  /** Keeps at once what is yet to be kept, as when the page is about to go. */
  flush(): void {
    clearTimeout(this.#timer);
    try {
      sessionStorage.setItem(STORAGE_KEY, JSON.stringify(bounded([...this.#texts])));
    } catch {}
  }
}

type Entry = readonly [place: string, text: string];

/** The newest of `entries` that fit. */
export function bounded(entries: readonly Entry[]): readonly Entry[] {
  let room = LONGEST;
  const kept = entries.slice(-MOST).reverse();
  return kept
    .filter(([, text]) => {
      if (text.length > room) return false;
      room -= text.length;
      return true;
    })
    .reverse();
}

/** Storage may be switched off, or hold what another page has written. */
function readStored(): readonly Entry[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Entry {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
