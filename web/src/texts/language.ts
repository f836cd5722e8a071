// The language of the page: the last choice of the user, or the preferred language of the browser if there is none.

import { createContext, useContext } from 'react';
import { TEXTS_EN } from './en.ts';
import type { Texts } from './texts.ts';
import { TEXTS_ZH } from './zh.ts';

export type LanguageCode = 'en' | 'zh';

const STORAGE_KEY = 'quire.language';

const TEXTS: Readonly<Record<LanguageCode, Texts>> = { en: TEXTS_EN, zh: TEXTS_ZH };

/** @param preferred languages in order of preference, as in `navigator.languages` */
export function chooseLanguage(stored: string | undefined, preferred: readonly string[]): LanguageCode {
  if (stored === 'en' || stored === 'zh') return stored;
  const first = preferred.find((tag) => /^(en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function initialLanguage(): LanguageCode {
  return chooseLanguage(readStoredLanguage(), navigator.languages);
}

/** Stores the choice of the user. If storage is disabled, the choice lasts until the page is closed. */
export function saveLanguage(language: LanguageCode): void {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {}
}

function readStoredLanguage(): string | undefined {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export const LanguageContext = createContext<LanguageCode>('en');

const useLanguage = (): LanguageCode => useContext(LanguageContext);

export const useTexts = (): Texts => TEXTS[useLanguage()];

/** Returns the `lang` of text written by users or models, so that Han characters are shown with Chinese glyphs. */
export function languageOf(text: string): string | undefined {
  return /\p{Script=Han}/u.test(text) ? 'zh-Hans' : undefined;
}
