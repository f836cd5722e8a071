// Schemas that the data of several experiments have in common. Bounds keep a damaged file from being processed for hours.

import { z } from 'zod';

/** A duration or rate of each repetition. */
export const samplesSchema = z.array(z.number()).max(1000);

/** Tokens, bytes, requests. */
export const countSchema = z.int().min(0);

/** null stands for infinity, which JSON does not have. */
export const differenceSchema = z.number().nullable();
export const toDifference = (value: number): number | null => (Number.isFinite(value) ? value : null);
export const fromDifference = (saved: number | null): number => saved ?? Number.POSITIVE_INFINITY;
