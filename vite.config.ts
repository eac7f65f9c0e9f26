// The web page of the server: src/serve/page to dist/page, with nothing from elsewhere and nothing inline.
import path from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: path.join(import.meta.dirname, 'src/serve/page'),
  // Relative, since a proxy may put the server below a folder.
  base: './',
  logLevel: 'warn',
  build: {
    outDir: path.join(import.meta.dirname, 'dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
