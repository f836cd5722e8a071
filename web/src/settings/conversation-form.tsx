// The settings of a conversation: the model, the system message, the context policy and the sampling options.

import { useEffect, useRef, useState } from 'react';
import { SAMPLING_FIELDS } from '../api/sampling-fields.ts';
import type { ServedModel } from '../api/server-info.ts';
import {
  type ContextPolicy,
  type ConversationSettings,
  DEFAULT_LOW_WATER,
} from '../api/stored-conversation.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { LOW_WATER_FIELD } from '../state/page-settings.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { SamplingInput } from './sampling-input.tsx';

interface ConversationFormProps {
  readonly settings: ConversationSettings;
  readonly models: readonly ServedModel[];
  /** whether the conversation has started, so that its system message is read-only */
  readonly started: boolean;
  /** resolves to false if the server rejects the change */
  onChange(settings: ConversationSettings): Promise<boolean>;
}

const SAVED_NOTE_MS = 1800;

export function ConversationForm({ settings, models, started, onChange }: ConversationFormProps) {
  const texts = useTexts();
  const [values, setValues] = useState(settings);
  const [saved, setSaved] = useState(false);
  const latestValues = useRef(settings);
  useEffect(() => {
    if (!saved) return;
    const timer = setTimeout(() => setSaved(false), SAVED_NOTE_MS);
    return () => clearTimeout(timer);
  }, [saved]);
  const change = (changes: Partial<ConversationSettings>): void => {
    latestValues.current = { ...latestValues.current, ...changes };
    setValues(latestValues.current);
    runInBackground(onChange(latestValues.current).then(setSaved));
  };
  return (
    <form className="settings" onSubmit={(event) => event.preventDefault()}>
      {models.length > 0 && (
        <ModelField models={models} model={values.model} onChange={(model) => change({ model })} />
      )}
      <SystemField
        system={values.system}
        readOnly={started}
        onChange={(system) => system !== values.system && change({ system })}
      />
      <PolicyField policy={values.contextPolicy} onChange={(contextPolicy) => change({ contextPolicy })} />
      <fieldset className="group">
        <legend>{texts.settings.sampling}</legend>
        <p className="note">{texts.settings.samplingHint}</p>
        <div className="fields">
          {SAMPLING_FIELDS.map((field) => (
            <SamplingInput
              key={field.name}
              field={field}
              value={values.sampling[field.name]}
              onChange={(value) => {
                const { [field.name]: _, ...others } = latestValues.current.sampling;
                change({ sampling: value === undefined ? others : { ...others, [field.name]: value } });
              }}
            />
          ))}
        </div>
      </fieldset>
      <p className="saved" role="status">
        {saved ? texts.settings.saved : ''}
      </p>
    </form>
  );
}

interface ModelFieldProps {
  readonly models: readonly ServedModel[];
  readonly model: string | undefined;
  onChange(model: string): void;
}

/** Selects the default model if the server no longer has the chosen model, because the default model then answers. */
function ModelField({ models, model, onChange }: ModelFieldProps) {
  const texts = useTexts();
  const isServed = models.some(({ name }) => name === model);
  return (
    <div className="group">
      <label htmlFor="model">{texts.settings.model}</label>
      <select
        id="model"
        value={isServed ? model : models[0]?.name}
        onChange={(event) => onChange(event.target.value)}
      >
        {models.map(({ name, status }) => (
          <option key={name} value={name} disabled={status !== 'ready'}>
            {status === 'ready' ? name : texts.settings.modelNotReady(name)}
          </option>
        ))}
      </select>
    </div>
  );
}

interface SystemFieldProps {
  readonly system: string;
  readonly readOnly: boolean;
  onChange(system: string): void;
}

function SystemField({ system, readOnly, onChange }: SystemFieldProps) {
  const texts = useTexts();
  const [text, setText] = useState(system);
  if (readOnly) {
    return (
      <section className="group">
        <h3>{texts.settings.system}</h3>
        <p className="system-text" lang={languageOf(system)} dir="auto">
          {system || texts.settings.noSystem}
        </p>
        <p className="note">{texts.settings.systemFixed}</p>
      </section>
    );
  }
  return (
    <div className="group">
      <label htmlFor="system">{texts.settings.system}</label>
      <p className="note" id="system-hint">
        {texts.settings.systemHint}
      </p>
      <textarea
        id="system"
        rows={3}
        value={text}
        lang={languageOf(text)}
        dir="auto"
        aria-describedby="system-hint"
        onChange={(event) => {
          setText(event.target.value);
          onChange(event.target.value);
        }}
      />
    </div>
  );
}

interface PolicyFieldProps {
  readonly policy: ContextPolicy;
  onChange(policy: ContextPolicy): void;
}

function PolicyField({ policy, onChange }: PolicyFieldProps) {
  const texts = useTexts();
  const [lowWater, setLowWater] = useState(policy.kind === 'truncate' ? policy.lowWater : DEFAULT_LOW_WATER);
  const truncate = policy.kind === 'truncate';
  const kinds = [
    { kind: 'error', name: texts.settings.policyError, hint: texts.settings.policyErrorHint },
    { kind: 'truncate', name: texts.settings.policyTruncate, hint: texts.settings.policyTruncateHint },
  ] as const;
  return (
    <fieldset className="group">
      <legend>{texts.settings.policy}</legend>
      {kinds.map(({ kind, name, hint }) => (
        <label key={kind} className="choice">
          <input
            type="radio"
            name="policy"
            checked={policy.kind === kind}
            onChange={() => onChange(kind === 'error' ? { kind } : { kind, lowWater })}
          />
          <span>
            {name}
            <small>{hint}</small>
          </span>
        </label>
      ))}
      {truncate && (
        <label className="slider">
          <span>{texts.settings.lowWater}</span>
          <input
            type="range"
            min={LOW_WATER_FIELD.min}
            max={LOW_WATER_FIELD.max}
            step={LOW_WATER_FIELD.step}
            value={lowWater}
            onChange={(event) => setLowWater(Number(event.target.value))}
            onPointerUp={() => onChange({ kind: 'truncate', lowWater })}
            onKeyUp={() => lowWater !== policy.lowWater && onChange({ kind: 'truncate', lowWater })}
          />
          <small>{texts.settings.lowWaterHint(Math.round(lowWater * 100))}</small>
        </label>
      )}
    </fieldset>
  );
}
