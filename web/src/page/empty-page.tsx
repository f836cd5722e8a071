// The empty conversation: one sentence about the page, and example questions.

import { languageOf, useTexts } from '../texts/language.ts';
import type { Starter } from './starters.ts';

interface EmptyPageProps {
  readonly starters: readonly Starter[];
  onSelect(question: string): void;
}

export function EmptyPage({ starters, onSelect }: EmptyPageProps) {
  const texts = useTexts();
  return (
    <section className="empty">
      <h2>{texts.emptyTitle}</h2>
      <p>{texts.emptyText}</p>
      <ul className="starters" aria-label={texts.starters}>
        {starters.map(([first, next]) => (
          <li key={first}>
            <button
              type="button"
              className="starter"
              onClick={() => onSelect(first)}
              lang={languageOf(first)}
            >
              <span className="starter-first">{first}</span>
              {next && (
                <span className="starter-next">
                  {texts.followUp}
                  <q>{next}</q>
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
