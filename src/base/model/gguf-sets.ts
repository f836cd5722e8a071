// Groups the GGUF files of a repository or a folder into models. A large model is split into shards,
// NAME-00001-of-00003.gguf and so on.

export interface GgufSet {
  /** the only file, or the first shard */
  readonly name: string;
  /** all files of the model, in order */
  readonly paths: readonly string[];
  /** those of `paths` that do not exist */
  readonly missing: readonly string[];
}

const SHARD = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;
// Multimodal projectors, and importance matrices used for quantization, are not models.
const NOT_A_MODEL = /(^|[-_.])(mmproj|imatrix)([-_.]|$)/i;
const MAX_SHARDS = 1000;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Returns the models among `names`, sorted by name. */
export function ggufSets(names: readonly string[]): GgufSet[] {
  const fileNames = new Set(names);
  const models = names.filter((name) => /\.gguf$/i.test(name) && !NOT_A_MODEL.test(baseName(name)));
  const firstShards = new Set(models.map((name) => shardsOf(name)[0]!).sort());
  return [...firstShards].map((name) => ggufSetOf(name, fileNames));
}

/** Returns the model to which the file `name` belongs. @param fileNames of the whole repository or folder */
export function ggufSetOf(name: string, fileNames: ReadonlySet<string>): GgufSet {
  const paths = shardsOf(name);
  return { name: paths[0]!, paths, missing: paths.filter((path) => !fileNames.has(path)) };
}

/** Returns all shards of the model that contains `name`, or `name` alone when it is not a shard. */
function shardsOf(name: string): readonly string[] {
  const [, stem, , total] = SHARD.exec(name) ?? [];
  const count = Number(total);
  if (stem === undefined || total === undefined || count < 1 || count > MAX_SHARDS) return [name];
  const extension = name.slice(-'.gguf'.length);
  const shard = (i: number): string => `${stem}-${String(i + 1).padStart(5, '0')}-of-${total}${extension}`;
  return Array.from({ length: count }, (_, i) => shard(i));
}

/** Returns whether a file name contains the quantization `quant` as a separate word: `Q4_K_M` does not match `Q4_K`. */
export function hasQuantization(path: string, quant: string): boolean {
  const escaped = quant.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(^|[^a-z0-9])${escaped}(?![a-z0-9_])`, 'i').test(baseName(path));
}
