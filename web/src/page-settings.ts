// What the page remembers on the server: the choices for conversations that are yet to begin. What a newer
// page has written beside them stays as it is.

import { type ConversationSettings, DEFAULT_SETTINGS, policyOf, type Sampling } from './stored.ts';

export interface PageSettings {
  readonly newConversations: ConversationSettings;
}

export const DEFAULT_PAGE_SETTINGS: PageSettings = { newConversations: DEFAULT_SETTINGS };

/** Reads what the server kept, which may be an empty object, or that of another page. */
export function pageSettingsFrom(kept: unknown): PageSettings {
  const page = isObject(kept) ? kept : {};
  const settings = isObject(page.newConversations) ? page.newConversations : {};
  const { system, contextPolicy, sampling } = settings;
  return {
    ...page,
    newConversations: {
      system: typeof system === 'string' ? system : DEFAULT_SETTINGS.system,
      contextPolicy: isPolicy(contextPolicy) ? policyOf(contextPolicy) : DEFAULT_SETTINGS.contextPolicy,
      sampling: isObject(sampling) ? samplingFrom(sampling) : {},
    },
  };
}

export interface SamplingField {
  readonly name: keyof Sampling;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  /** the least value itself is not allowed */
  readonly open?: true;
  readonly step: number;
}

/** In the order of the panel; the ranges are those of docs/sampling.md. */
export const SAMPLING_FIELDS: readonly SamplingField[] = [
  { name: 'temperature', least: 0, most: 100, whole: false, step: 0.1 },
  { name: 'topP', least: 0, most: 1, whole: false, open: true, step: 0.05 },
  { name: 'topK', least: 0, most: 1_000_000, whole: true, step: 1 },
  { name: 'minP', least: 0, most: 1, whole: false, step: 0.01 },
  { name: 'repetitionPenalty', least: 0, most: 10, whole: false, open: true, step: 0.05 },
  // 0 is for programs: here each message would be answered by nothing, and not be kept.
  { name: 'maxTokens', least: 1, most: Number.MAX_SAFE_INTEGER, whole: true, step: 1 },
  { name: 'seed', least: 0, most: Number.MAX_SAFE_INTEGER, whole: true, step: 1 },
];

export const LOW_WATER_FIELD = { least: 0.1, most: 0.9, step: 0.05 };

export type FieldValue = { readonly ok: true; readonly value: number | undefined } | { readonly ok: false };

/** What was typed into a field; an empty one leaves the choice to the model. */
export function readField(field: SamplingField, text: string): FieldValue {
  if (text.trim() === '') return { ok: true, value: undefined };
  const value = Number(text.trim().replace(',', '.'));
  return fits(field, value) ? { ok: true, value } : { ok: false };
}

function fits({ least, most, whole, open }: SamplingField, value: number): boolean {
  if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) return false;
  return value <= most && (open ? value > least : value >= least);
}

function samplingFrom(kept: Record<string, unknown>): Sampling {
  const valid = SAMPLING_FIELDS.flatMap((field) => {
    const value = kept[field.name];
    return typeof value === 'number' && fits(field, value) ? [[field.name, value] as const] : [];
  });
  return Object.fromEntries(valid);
}

function isPolicy(value: unknown): value is ConversationSettings['contextPolicy'] {
  if (!isObject(value)) return false;
  if (value.kind === 'error') return true;
  const { lowWater } = value;
  return value.kind === 'truncate' && typeof lowWater === 'number' && lowWater > 0 && lowWater < 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
