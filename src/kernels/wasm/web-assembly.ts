// The functions of WebAssembly that the backend uses. TypeScript declares them only in its libraries for browsers.

declare const kind: unique symbol;

export interface CompiledModule {
  readonly [kind]: 'module';
}

export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

interface WebAssemblyFunctions {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<CompiledModule>;
  readonly Module: (new (
    bytes: Uint8Array,
  ) => CompiledModule) & {
    imports(module: CompiledModule): readonly { readonly module: string; readonly name: string }[];
    exports(module: CompiledModule): readonly { readonly name: string }[];
  };
  readonly Instance: new (
    module: CompiledModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: unknown };
  /** Sizes are in pages of 64 KiB. */
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => SharedMemory;
}

/** Undefined if `hasWebAssembly` returns false: `node --jitless` has no WebAssembly. */
export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyFunctions }).WebAssembly;

export const hasWebAssembly = (): boolean =>
  (globalThis as { readonly WebAssembly?: unknown }).WebAssembly !== undefined;
