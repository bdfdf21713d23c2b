import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Serves and builds the demo. The demo imports the package by its name and gets the built one (dist/), so that it finds
 * worker and wasm the way an app does. Unit tests have their own configuration (vitest.config.ts).
 */
export default defineConfig({
  root: at('./demo'),
  // Relative, so that the built demo works under any path.
  base: './',
  resolve: {
    alias: [
      { find: /^@metabuilder\/dbal$/, replacement: at('./dist/index.js') },
      { find: /^@metabuilder\/dbal\/(\w+)$/, replacement: at('./dist/$1.js') },
    ],
  },
  plugins: [react(), tailwindcss()],
  server: { port: 5173, strictPort: true, fs: { allow: [at('.')] } },
  preview: { port: 5173, strictPort: true },
  build: { outDir: at('./dist-demo'), emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 1_200 },
})
