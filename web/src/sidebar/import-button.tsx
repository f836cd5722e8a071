// Imports conversations from files that were exported as JSON, and lists the files that could not be imported, with the error.

import { type ChangeEvent, useRef, useState } from 'react';
import { type ImportResult, NOT_JSON_CODE } from '../actions/import-files.ts';
import { useActions } from '../actions/use-page.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { ImportIcon } from '../components/icons.tsx';
import { useTexts } from '../texts/language.ts';

export function ImportButton() {
  const { sidebar: texts, errors } = useTexts();
  const actions = useActions();
  const input = useRef<HTMLInputElement>(null);
  const [progress, setProgress] = useState<string>();
  const [result, setResult] = useState<ImportResult>();
  const importAll = async (files: readonly File[]): Promise<void> => {
    setResult(undefined);
    setResult(
      await actions.importFiles(files, (importedFiles) =>
        setProgress(texts.importing(importedFiles, files.length)),
      ),
    );
    setProgress(undefined);
  };
  const onChange = (event: ChangeEvent<HTMLInputElement>): void => {
    const files = [...(event.target.files ?? [])];
    // Without this, choosing the same file again would fire no event.
    event.target.value = '';
    if (files.length > 0) runInBackground(importAll(files));
  };
  return (
    <div className="side-foot">
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        multiple
        hidden
        aria-label={texts.import}
        onChange={onChange}
      />
      <button
        type="button"
        className="side-import"
        disabled={progress !== undefined}
        onClick={() => input.current?.click()}
      >
        <ImportIcon />
        {progress ?? texts.import}
      </button>
      <div role="status">
        {result && (result.count > 0 || result.failures.length === 0) && (
          <p>{texts.imported(result.count)}</p>
        )}
        {result?.failures.map(({ file, code, message }) => (
          <p key={file} className="side-failure">
            <bdi>{texts.importFailed(file)}</bdi>{' '}
            {code === NOT_JSON_CODE ? texts.notJson : (errors[code] ?? message)}
          </p>
        ))}
      </div>
    </div>
  );
}
