// What kernels for Windows need in addition: the functions of Node-API, and reproducible headers.

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const HEADERS = dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json'));

/** Flags with which the headers of Node-API declare functions that are called by pointers of `importsSource`. */
export const IMPORT_FLAGS = ['-DNAPI_EXTERN=__declspec(dllimport)'];

/**
 * Returns C++ source that looks up the functions of Node-API in the running executable. An import library would require that
 * it is named node.exe, so Electron and renamed executables could not load the kernels.
 */
export async function importsSource(): Promise<string> {
  const found = new Set<string>(); // both files list some of the functions
  for (const file of ['js_native_api.def', 'node_api.def']) {
    const text = await readFile(join(HEADERS, 'def', file), 'utf8');
    for (const word of text.split(/\s+/)) if (/^(napi|node_api)_/.test(word)) found.add(word);
  }
  const names = [...found];
  return [
    '#define WIN32_LEAN_AND_MEAN',
    '#include <windows.h>',
    'extern "C" {',
    ...names.map((name) => `void* __imp_${name};`),
    '}',
    'namespace {',
    'const struct { const char* name; void** pointer; } FUNCTIONS[] = {',
    ...names.map((name) => `  {"${name}", &__imp_${name}},`),
    '};',
    'struct Imports {',
    '  Imports() {',
    '    const HMODULE executable = GetModuleHandleW(nullptr);',
    '    for (const auto& f : FUNCTIONS) *f.pointer = (void*)GetProcAddress(executable, f.name);',
    '  }',
    '} imports;',
    '}',
    '',
  ].join('\n');
}

/** Sets the time of linking in the header of a DLL to zero. */
export async function clearLinkTime(path: string): Promise<void> {
  const bytes = await readFile(path);
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error(`${path} is no DLL`);
  bytes.writeUInt32LE(0, header + 8);
  await writeFile(path, bytes);
}
