// The key of the server: entered, kept for as long as the reader wants, or forgotten.

import { useState } from 'react';
import { useActions } from '../actions/use-page.ts';
import type { KeyPlace } from '../api/access-key.ts';
import { useTexts } from '../texts/language.ts';

/** @param needed the server asks for one */
export function KeyForm({ needed }: { readonly needed: boolean }) {
  const texts = useTexts();
  const actions = useActions();
  const [key, setKey] = useState(actions.key.key);
  const [place, setPlace] = useState<KeyPlace>(actions.key.place);
  const places = [
    { value: 'tab', name: texts.settings.keepInTab },
    { value: 'browser', name: texts.settings.keepInBrowser },
  ] as const;
  const kept = actions.key.key;
  return (
    <form
      className="settings group key-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim()) actions.setKey({ key: key.trim(), place });
      }}
    >
      <h3>{texts.settings.key}</h3>
      {needed ? (
        <p className="key-needed" role="alert">
          {kept ? texts.settings.keyRefused : texts.settings.keyNeeded}
        </p>
      ) : (
        <p className="note">{texts.settings.keyHint}</p>
      )}
      <label className="visually-hidden" htmlFor="server-key">
        {texts.settings.keyLabel}
      </label>
      <input
        id="server-key"
        type="password"
        value={key}
        placeholder={texts.settings.keyLabel}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setKey(event.target.value)}
      />
      <div className="places">
        {places.map(({ value, name }) => (
          <label key={value} className="choice">
            <input type="radio" name="key-place" checked={place === value} onChange={() => setPlace(value)} />
            <span>{name}</span>
          </label>
        ))}
      </div>
      <div className="row">
        <button type="submit" className="solid-button" disabled={!key.trim()}>
          {texts.settings.useKey}
        </button>
        {kept && (
          <button
            type="button"
            className="quiet-button"
            onClick={() => {
              setKey('');
              actions.setKey({ key: '', place });
            }}
          >
            {texts.settings.forgetKey}
          </button>
        )}
      </div>
    </form>
  );
}
