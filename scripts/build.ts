/** Bundles the three programs and the library's doors into dist/; what is imported lazily becomes a chunk of its own. */
import { build } from 'esbuild';
import { chmod, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = {
  'kanister-operator': 'src/operator/main.ts',
  kanctl: 'src/kanctl/main.ts',
  kando: 'src/kando/main.ts',
  // For functions of others, and for who wants the templates alone.
  function: 'src/engine/extension.ts',
  gotemplate: 'src/gotemplate/index.ts',
};

const entryPoints = Object.entries(programs)
  .filter(([, entry]) => existsSync(root + entry))
  .map(([out, entry]) => ({ out, in: root + entry }));

await rm(root + 'dist', { recursive: true, force: true });
await build({
  entryPoints,
  outdir: root + 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minifySyntax: true,
  chunkNames: 'chunks/[name]-[hash]',
  legalComments: 'none',
  banner: {
    // CommonJS dependencies inside an ES module bundle need a require of their own.
    js: "#!/usr/bin/env node\nimport{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await Promise.all(entryPoints.map(({ out }) => chmod(`${root}dist/${out}.js`, 0o755)));
