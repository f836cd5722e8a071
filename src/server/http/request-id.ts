import { randomUUID } from 'node:crypto';

/** Returns a new value for the header `x-request-id`. */
export const newRequestId = (): string => `req_${randomUUID()}`;
