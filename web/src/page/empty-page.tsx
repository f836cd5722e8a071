// What a visitor sees first: one sentence on what this is, and conversations to begin with.

import { languageOf, useTexts } from '../texts/language.ts';
import type { Starter } from './starters.ts';

interface EmptyPageProps {
  readonly starters: readonly Starter[];
  onPick(question: string): void;
}

export function EmptyPage({ starters, onPick }: EmptyPageProps) {
  const texts = useTexts();
  return (
    <section className="empty">
      <h2>{texts.emptyTitle}</h2>
      <p>{texts.emptyText}</p>
      <ul className="starters" aria-label={texts.starters}>
        {starters.map(([first, next]) => (
          <li key={first}>
            <button type="button" className="starter" onClick={() => onPick(first)} lang={languageOf(first)}>
              <span className="starter-first">{first}</span>
              {next && (
                <span className="starter-next">
                  {texts.thenAsk} <q>{next}</q>
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
