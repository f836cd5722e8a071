// What a hub says the bytes of a file hash to. Large files (Git LFS) carry their SHA-256, small ones the id of
// their Git blob; the same text names the blob in the cache.

export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** lower case; also the file's name among the cache's blobs */
  readonly hex: string;
}

/** Reads an object id or an ETag; undefined when it is neither of the two, and so cannot be checked. */
export function readChecksum(text: string): Checksum | undefined {
  const hex = text
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: 'sha256', hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { algorithm: 'git-sha1', hex } : undefined;
}
