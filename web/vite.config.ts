// Builds the page into web/dist, which the server serves. All URLs are relative, so that the page works under any path of a
// proxy. Assets are not inlined, because the content security policy of the server allows no data: URLs. `npx vite` in this
// folder serves the page with hot reload and forwards the API to a running `npm start`.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const SERVER = '127.0.0.1:7847';
const COMPRESSIBLE = /\.(js|css|svg|html)$/;
/** A smaller response fits into one packet without compression. */
const MIN_COMPRESSED_BYTES = 1024;

/** Writes FILE.br and FILE.gz beside each file once at build time, instead of compressing each response. */
function precompress(): Plugin {
  let folder = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir);
    },
    closeBundle: () => {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const file of files.filter((name) => COMPRESSIBLE.test(name))) {
        const path = join(folder, file);
        const content = readFileSync(path);
        if (content.length < MIN_COMPRESSED_BYTES) continue;
        // Levels 10 and 11 would save 8 % of the bytes but take ten times as long.
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** Removes the woff and ttf fonts of KaTeX: every browser that runs the page supports woff2. */
function removeOtherFonts(): Plugin {
  return {
    name: 'remove-other-fonts',
    enforce: 'pre',
    transform: (code, id) =>
      /katex.*\.css/.test(id)
        ? code.replaceAll(/,\s*url\([^)]*\.(woff|ttf)\)\s*format\([^)]*\)/g, '')
        : undefined,
  };
}

export default defineConfig({
  plugins: [react(), removeOtherFonts(), precompress()],
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: 'es2022',
    license: { fileName: 'licenses.md' },
  },
  server: {
    proxy: {
      '/health': `http://${SERVER}`,
      '/conversations': `http://${SERVER}`,
      '/settings': `http://${SERVER}`,
      '/ws': {
        target: `ws://${SERVER}`,
        ws: true,
        // The server rejects sockets from other origins, and the development server has another port.
        configure: (proxy) => proxy.on('proxyReqWs', (request) => request.removeHeader('origin')),
      },
    },
  },
});
