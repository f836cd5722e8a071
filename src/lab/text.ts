// A text in both languages of the laboratory.

import { z } from 'zod';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const textSchema = z.strictObject({ en: z.string(), zh: z.string() });
export type Text = z.output<typeof textSchema>;

export const text = (en: string, zh: string): Text => ({ en, zh });
