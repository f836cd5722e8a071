// The models among the GGUF files of a repository or a folder. A large model is cut into shards, NAME-00001-of-00003.gguf
// and so on, which are one model together.

export interface GgufSet {
  /** what people call it: the only file, or the first shard */
  readonly name: string;
  /** all its files, in order */
  readonly paths: readonly string[];
  /** shards that should be there and are not */
  readonly missing: readonly string[];
}

const SHARD = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;
// Beside a model may lie what reads images for it, and what a quantizer measured.
const NO_MODEL = /(^|[-_.])(mmproj|imatrix)([-_.]|$)/i;
const MAX_SHARDS = 1000;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The models among `names`, in the order of their names. */
export function ggufSets(names: readonly string[]): GgufSet[] {
  const there = new Set(names);
  const models = names.filter((name) => /\.gguf$/i.test(name) && !NO_MODEL.test(baseName(name)));
  const firsts = new Set(models.map((name) => shardsOf(name)[0]!).sort());
  return [...firsts].map((name) => setOf(name, there));
}

/** The model that the file `name` belongs to. */
export function setOf(name: string, there: ReadonlySet<string>): GgufSet {
  const paths = shardsOf(name);
  return { name: paths[0]!, paths, missing: paths.filter((path) => !there.has(path)) };
}

/** All shards of the model that `name` is a shard of; itself when it is none. */
function shardsOf(name: string): readonly string[] {
  const [, stem, , total] = SHARD.exec(name) ?? [];
  const count = Number(total);
  if (stem === undefined || total === undefined || count < 1 || count > MAX_SHARDS) return [name];
  const extension = name.slice(-'.gguf'.length);
  const shard = (i: number): string => `${stem}-${String(i + 1).padStart(5, '0')}-of-${total}${extension}`;
  return Array.from({ length: count }, (_, i) => shard(i));
}

/** Whether a file's name says that it has the quantization `quant`: `Q4_K` is not in `Q4_K_M`, nor `Q4_0` in `IQ4_0`. */
export function hasQuant(path: string, quant: string): boolean {
  const escaped = quant.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(^|[^a-z0-9])${escaped}(?![a-z0-9_])`, 'i').test(baseName(path));
}
