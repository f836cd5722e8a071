// Builds the page into web/dist, which the server offers. All addresses are relative, so that the page works under any
// path of a proxy. Nothing is inlined, because the server's content security policy allows no inline script and no
// data: addresses. `npm run dev` in this folder serves the page with reload and passes the chat on to a running
// `npm start`.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const SERVER = '127.0.0.1:7847';
const COMPRESSED = /\.(js|css|svg|html)$/;
/** Below this a response is one packet anyway. */
const LEAST_BYTES = 1024;

/** Writes X.br and X.gz beside each X that shrinks, once at build time instead of at each request. */
function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir);
    },
    closeBundle: () => {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const file of files.filter((name) => COMPRESSED.test(name))) {
        const path = join(folder, file);
        const content = readFileSync(path);
        if (content.length < LEAST_BYTES) continue;
        // The last two levels would save 8 % of the bytes for ten times the time.
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** Every browser that runs the page reads woff2, so the older formats of the fonts would only take up room. */
function onlyNewFonts(): Plugin {
  return {
    name: 'only-new-fonts',
    enforce: 'pre',
    transform: (code, id) =>
      /katex.*\.css/.test(id)
        ? code.replaceAll(/,\s*url\([^)]*\.(woff|ttf)\)\s*format\([^)]*\)/g, '')
        : undefined,
  };
}

export default defineConfig({
  plugins: [react(), onlyNewFonts(), compressed()],
  base: './',
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022' },
  server: {
    proxy: {
      '/health': `http://${SERVER}`,
      '/conversations': `http://${SERVER}`,
      '/settings': `http://${SERVER}`,
      '/ws': {
        target: `ws://${SERVER}`,
        ws: true,
        // The server refuses sockets of foreign pages; this one is ours under another port.
        configure: (proxy) => proxy.on('proxyReqWs', (request) => request.removeHeader('origin')),
      },
    },
  },
});
