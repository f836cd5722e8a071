// Parses the checksum that the hub reports for a file: SHA-256 for large files (Git LFS), the id of the Git blob for
// small files. The checksum is also the file name of the blob in the cache.

export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** lower case; also the file name of the blob in the cache */
  readonly hex: string;
}

/** Parses an object id or an ETag. Returns undefined if `text` contains neither kind of checksum. */
export function readChecksum(text: string): Checksum | undefined {
  const hex = text
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: 'sha256', hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { algorithm: 'git-sha1', hex } : undefined;
}
