// One number of the sampling. What cannot be is marked and not sent; it is sent when the reader leaves the field
// or pauses.

import { useEffect, useId, useRef, useState } from 'react';
import type { SamplingField } from '../api/sampling-fields.ts';
import { readField } from '../state/page-settings.ts';
import { useTexts } from '../texts/language.ts';

const PAUSE_MS = 500;

interface SamplingInputProps {
  readonly field: SamplingField;
  readonly value: number | undefined;
  onChange(value: number | undefined): void;
}

export function SamplingInput({ field, value, onChange }: SamplingInputProps) {
  const texts = useTexts();
  const id = useId();
  const [text, setText] = useState(value === undefined ? '' : String(value));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const read = readField(field, text);
  const { label, hint, empty = texts.settings.modelChoice } = texts.settings.fields[field.name];
  const send = useRef(() => {});
  useEffect(() => {
    send.current = () => {
      clearTimeout(timer.current);
      if (read.ok && read.value !== value) onChange(read.value);
    };
  });
  // The panel may be closed before the pause is over.
  useEffect(() => () => send.current(), []);
  return (
    <div className="field" data-invalid={!read.ok}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        inputMode={field.whole ? 'numeric' : 'decimal'}
        value={text}
        placeholder={empty}
        autoComplete="off"
        aria-invalid={!read.ok}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          setText(event.target.value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => send.current(), PAUSE_MS);
        }}
        onBlur={() => send.current()}
      />
      <small id={`${id}-hint`}>{read.ok ? hint : `${texts.settings.invalid}: ${hint}`}</small>
    </div>
  );
}
