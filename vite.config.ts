// The web page of the server: src/serve/page to dist/page, with nothing from elsewhere and nothing inline.
import path from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: path.join(import.meta.dirname, 'src/serve/page'),
  // Relative, since a proxy may put the server below a folder.
  base: './',
  logLevel: process.argv.includes('build') ? 'warn' : 'info',
  // `npx vite` shows the page as it is written, with the profiles of a server that runs.
  server: {
    proxy: { '/querier.v1.QuerierService': process.env['SPYBRIDGE_SERVER'] ?? 'http://127.0.0.1:4040' },
  },
  build: {
    outDir: path.join(import.meta.dirname, 'dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
