import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: at('./page'),
  base: './',
  resolve: { alias: [{ find: /^@metabuilder\/dbal$/, replacement: at('../dist/index.js') }] },
  worker: { format: 'es' },
  build: { outDir: at('../.cache/bench'), emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 4_000 },
})
