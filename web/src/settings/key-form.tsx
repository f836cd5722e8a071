// The form to enter the API key, to choose how long it is stored, and to remove it.

import { useState } from 'react';
import { useActions } from '../actions/use-page.ts';
import type { KeyStorage } from '../api/access-key.ts';
import { useTexts } from '../texts/language.ts';

/** @param needed whether the server requires a key */
export function KeyForm({ needed }: { readonly needed: boolean }) {
  const texts = useTexts();
  const actions = useActions();
  const [key, setKey] = useState(actions.key.key);
  const [storage, setStorage] = useState<KeyStorage>(actions.key.storage);
  const storages = [
    { value: 'tab', name: texts.settings.keepInTab },
    { value: 'browser', name: texts.settings.keepInBrowser },
  ] as const;
  const savedKey = actions.key.key;
  return (
    <form
      className="settings group key-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim()) actions.setKey({ key: key.trim(), storage });
      }}
    >
      <h3>{texts.settings.key}</h3>
      {needed ? (
        <p className="key-needed" role="alert">
          {savedKey ? texts.settings.keyRejected : texts.settings.keyNeeded}
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
      <div className="key-storages">
        {storages.map(({ value, name }) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="key-storage"
              checked={storage === value}
              onChange={() => setStorage(value)}
            />
            <span>{name}</span>
          </label>
        ))}
      </div>
      <div className="row">
        <button type="submit" className="solid-button" disabled={!key.trim()}>
          {texts.settings.saveKey}
        </button>
        {savedKey && (
          <button
            type="button"
            className="quiet-button"
            onClick={() => {
              setKey('');
              actions.setKey({ key: '', storage });
            }}
          >
            {texts.settings.removeKey}
          </button>
        )}
      </div>
    </form>
  );
}
