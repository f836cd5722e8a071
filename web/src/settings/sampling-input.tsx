// The input of one sampling option. It saves a valid value when the user stops typing or leaves the field, and marks an
// invalid value.

import { useEffect, useId, useRef, useState } from 'react';
import type { SamplingField } from '../api/sampling-fields.ts';
import { parseField } from '../state/page-settings.ts';
import { useTexts } from '../texts/language.ts';

const SAVE_DELAY_MS = 500;

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
  const parsed = parseField(field, text);
  const { label, hint, placeholder = texts.settings.modelDefault } = texts.settings.fields[field.name];
  const save = useRef(() => {});
  useEffect(() => {
    save.current = () => {
      clearTimeout(timer.current);
      if (parsed.ok && parsed.value !== value) onChange(parsed.value);
    };
  });
  // The panel may be closed before the delay is over.
  useEffect(() => () => save.current(), []);
  return (
    <div className="field" data-invalid={!parsed.ok}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        inputMode={field.integer ? 'numeric' : 'decimal'}
        value={text}
        placeholder={placeholder}
        autoComplete="off"
        aria-invalid={!parsed.ok}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          setText(event.target.value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => save.current(), SAVE_DELAY_MS);
        }}
        onBlur={() => save.current()}
      />
      <small id={`${id}-hint`}>{parsed.ok ? hint : `${texts.settings.invalid}: ${hint}`}</small>
    </div>
  );
}
