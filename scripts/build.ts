/**
 * Bundles the programs and the library's doors into dist/. The operator and kanctl share chunks, and what they import lazily is a chunk of its
 * own. kando starts in every pod: it is one file beside its entry, because each further file costs it milliseconds, and the AWS SDK is
 * another that is loaded with the first store.
 */
import { spawnSync } from 'node:child_process';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist`;
const PROGRAMS = ['kanister-operator', 'kanctl', 'kando'];

/** Runs before anything that an older Node does not know. */
const GUARD =
  'if(parseInt(process.versions.node)<24){process.stderr.write(`Node ${process.versions.node} is too old: Node 24 or later is needed\\n`);process.exit(1)}';
/** CommonJS dependencies inside an ES module need a `require`. */
const REQUIRE = "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);";

const common: BuildOptions = {
  outdir: dist,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Names stay as they are, for stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  banner: { js: `#!/usr/bin/env node\n${GUARD}\n${REQUIRE}` },
  logLevel: 'warning',
};

const ENTRY_OF_KANDO = /run-kando\.ts$/;
const AWS_SDK = /s3-sdk\.ts$/;

/** Leaves the program to a file beside its entry, and the SDK to one that is required when its first user runs. */
const apart: Plugin = {
  name: 'apart',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: ENTRY_OF_KANDO }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './chunks/run-kando.js', external: true } : undefined,
    );
    onResolve({ filter: AWS_SDK }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'aws-sdk' } : undefined,
    );
    onResolve({ filter: /^\.\/s3-sdk\.cjs$/ }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: 'aws-sdk' }, () => ({
      contents: "module.exports = require('./s3-sdk.cjs');",
    }));
  },
};

/**
 * What commander imports and does not use here is a third of the time of `--help`: Node evaluates every export of a module of its own that is
 * imported. `child_process` is for subcommands that are programs of their own, which there are none of.
 */
const leanCommander: Plugin = {
  name: 'lean-commander',
  setup({ onResolve, onLoad }) {
    const stand: Record<string, string> = {
      'node:process': 'export default globalThis.process;',
      'node:child_process': 'export default {};',
      'node:util':
        "export const stripVTControlCharacters = (text) => text.includes('\\u001b') ? process.getBuiltinModule('node:util').stripVTControlCharacters(text) : text;",
    };
    onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      path in stand && /[\\/]commander[\\/]/.test(importer)
        ? { path, namespace: 'lean-commander' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'lean-commander' }, ({ path }) => ({ contents: stand[path] ?? '' }));
  },
};

/**
 * In one file all imports of Node's modules would be made at its start; taken as the objects that they are, they are had when their first user runs.
 * (Not for the build with chunks: there each would become a file.)
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'node' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

await rm(dist, { recursive: true, force: true });
await build({
  ...common,
  splitting: true,
  plugins: [leanCommander],
  chunkNames: 'chunks/[name]-[hash]',
  entryPoints: {
    'kanister-operator': `${root}src/operator/main.ts`,
    kanctl: `${root}src/kanctl/main.ts`,
    // For functions of others, and for who wants the templates or the formats alone.
    function: `${root}src/engine/extension.ts`,
    gotemplate: `${root}src/gotemplate/index.ts`,
    'kubernetes-formats': `${root}src/kubernetes/formats.ts`,
  },
});
await build({
  ...common,
  plugins: [apart, leanCommander, lazyBuiltins],
  entryPoints: { kando: `${root}src/kando/main.ts`, 'chunks/run-kando': `${root}src/kando/run-kando.ts` },
});
await build({
  ...common,
  format: 'cjs',
  banner: {},
  outExtension: { '.js': '.cjs' },
  entryPoints: { 'chunks/s3-sdk': `${root}src/objectstore/s3-sdk.ts` },
});
declareTypes();
await limitMemory(`${dist}/kanister-operator.js`);
await Promise.all(PROGRAMS.map((program) => chmod(`${dist}/${program}.js`, 0o755)));

/**
 * An operator lets much garbage come together where it may have gigabytes: a third of the memory goes with a small young part of the heap and a
 * bound that thousands of runs at once do not reach. Both can be set at the start of the process only.
 */
async function limitMemory(program: string): Promise<void> {
  const flags = '--max-semi-space-size=4 --max-old-space-size=1024';
  const text = await readFile(program, 'utf8');
  await writeFile(program, text.replace(/^#!.*/, `#!/usr/bin/env -S node ${flags}`));
}

/** For who writes functions, or imports templates or formats, in TypeScript. */
function declareTypes(): void {
  const entries = ['engine/extension.ts', 'gotemplate/index.ts', 'kubernetes/formats.ts'];
  const settings =
    '--ignoreConfig --declaration --emitDeclarationOnly --strict --skipLibCheck --allowImportingTsExtensions --target es2024 --module nodenext --types node';
  const flags = [...settings.split(' '), '--rootDir', `${root}src`, '--outDir', `${dist}/types`];
  const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(
    /package\.json$/,
    'bin/tsc',
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, ...flags, ...entries.map((entry) => `${root}src/${entry}`)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`tsc ended with ${status}: ${stdout}${stderr}`);
}
