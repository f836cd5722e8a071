// Saves a fetched file on the user's disk. A link to the server cannot be used, because it cannot send the API key.

import type { ExportFormat } from '../api/api-client.ts';

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = { json: 'json', markdown: 'md' };

export function downloadFile(content: Blob, title: string, format: ExportFormat): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(title, format);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Converts a title to a file name that is valid on every file system. */
export function fileName(title: string, format: ExportFormat): string {
  const name = title
    .replace(/[\p{C}\\/:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
    .slice(0, 80)
    .replace(/(?<![. ])[. ]+$/, '');
  return `${name || 'conversation'}.${EXTENSIONS[format]}`;
}
