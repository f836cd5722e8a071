// Which language the page speaks: what the reader chose last, else what the browser asks for.

import { createContext, useContext } from 'react';
import { TEXTS_EN } from './en.ts';
import type { Texts } from './texts.ts';
import { TEXTS_ZH } from './zh.ts';

export type LanguageCode = 'en' | 'zh';

const STORAGE_KEY = 'quire.language';

const TEXTS: Readonly<Record<LanguageCode, Texts>> = { en: TEXTS_EN, zh: TEXTS_ZH };

/** @param preferred languages in order, as `navigator.languages` gives them */
export function chooseLanguage(stored: string | undefined, preferred: readonly string[]): LanguageCode {
  if (stored === 'en' || stored === 'zh') return stored;
  const first = preferred.find((tag) => /^(en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function startLanguage(): LanguageCode {
  return chooseLanguage(readStored(), navigator.languages);
}

/** Storage may be switched off; the choice then lasts as long as the page. */
export function rememberLanguage(language: LanguageCode): void {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {}
}

function readStored(): string | undefined {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export const LanguageContext = createContext<LanguageCode>('en');

const useLanguage = (): LanguageCode => useContext(LanguageContext);

export const useTexts = (): Texts => TEXTS[useLanguage()];

/** `lang` for text that people or models wrote, so that Han characters take Chinese glyphs. */
export function languageOf(text: string): string | undefined {
  return /\p{Script=Han}/u.test(text) ? 'zh-Hans' : undefined;
}
