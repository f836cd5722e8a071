// Builds the page into web/dist, which the server offers. Nothing is inlined, because the server's content
// security policy allows no inline script and no data: addresses. `npm run dev` in this folder serves the
// page with reload and passes the chat on to a running `npm start`.

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVER = '127.0.0.1:7847';

export default defineConfig({
  plugins: [react()],
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
