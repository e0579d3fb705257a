import { defineConfig } from 'vite';

/** The page as files that the package carries: no other network, no inline code. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../../dist/inspector/page',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // What is bundled keeps its terms.
    license: { fileName: 'licenses.md' },
  },
});
