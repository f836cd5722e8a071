// Unsent texts by conversation. They are stored in sessionStorage, so that they survive a reload of the tab.
// localStorage is not used, because other people may use the same browser.

const STORAGE_KEY = 'quire.drafts';
const MAX_DRAFTS = 30;
/** Limit for all drafts together; browsers allow a few million characters per origin. */
const MAX_CHARACTERS = 500_000;
const SAVE_DELAY_MS = 300;

/** Key of the draft of a conversation that has no id yet. */
export const NEW_DRAFT_KEY = 'new';

export class Drafts {
  /** drafts by conversation, least recently changed first */
  readonly #texts = new Map<string, string>(readStored());
  #timer: ReturnType<typeof setTimeout> | undefined;

  get(conversation: string): string {
    return this.#texts.get(conversation) ?? '';
  }

  /** Stores a draft, or removes it if the text is empty. */
  set(conversation: string, text: string): void {
    if (this.get(conversation) === text) return;
    this.#texts.delete(conversation);
    if (text !== '') this.#texts.set(conversation, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), SAVE_DELAY_MS);
  }

  /** Saves pending changes at once, for example before the page is closed. */
  flush(): void {
    clearTimeout(this.#timer);
    try {
      sessionStorage.setItem(STORAGE_KEY, JSON.stringify(newestEntriesWithinLimits([...this.#texts])));
    } catch {}
  }
}

type Entry = readonly [conversation: string, text: string];

/** Returns the newest entries that fit within the limits. */
export function newestEntriesWithinLimits(entries: readonly Entry[]): readonly Entry[] {
  let remaining = MAX_CHARACTERS;
  const newest = entries.slice(-MAX_DRAFTS).reverse();
  return newest
    .filter(([, text]) => {
      if (text.length > remaining) return false;
      remaining -= text.length;
      return true;
    })
    .reverse();
}

/** Returns the stored drafts. Storage may be disabled, or contain data of another version of the page. */
function readStored(): readonly Entry[] {
  try {
    const storedEntries: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(storedEntries) ? storedEntries.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Entry {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
