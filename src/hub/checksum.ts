// The checksum of a file according to the hub: SHA-256 for large files (Git LFS), the id of the Git blob for small ones. It is
// also the file's name among the blobs of the cache.

export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** lower case; also the file name of the blob in the cache */
  readonly hex: string;
}

/** Parses an object id or an ETag. Returns undefined for anything that is neither of the two checksums. */
export function readChecksum(text: string): Checksum | undefined {
  const hex = text
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: 'sha256', hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { algorithm: 'git-sha1', hex } : undefined;
}
