// Gives the reader a file to keep. It was fetched with the key, which a link to it could not carry.

import type { ExportFormat } from '../api/api-client.ts';

const ENDINGS: Readonly<Record<ExportFormat, string>> = { json: 'json', markdown: 'md' };

export function offerFile(content: Blob, title: string, format: ExportFormat): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName(title, format);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Of a title, what every file system takes. */
export function fileName(title: string, format: ExportFormat): string {
  const plain = title
    .replace(/[\p{C}\\/:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
    .slice(0, 80)
    .replace(/(?<![. ])[. ]+$/, '');
  return `${plain || 'conversation'}.${ENDINGS[format]}`;
}
