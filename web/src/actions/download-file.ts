// Saves a fetched file on the user's disk. A plain link cannot be used: it could not send the API key.

import type { ExportFormat } from '../api/api-client.ts';

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = { json: 'json', markdown: 'md' };

export function downloadFile(content: Blob, title: string, format: ExportFormat): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName(title, format);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Makes a file name from a title that is valid on every file system. */
export function fileName(title: string, format: ExportFormat): string {
  const plain = title
    .replace(/[\p{C}\\/:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
    .slice(0, 80)
    .replace(/(?<![. ])[. ]+$/, '');
  return `${plain || 'conversation'}.${EXTENSIONS[format]}`;
}
