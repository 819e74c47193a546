import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MODULES } from './folders.ts';
import { GO_MODULES, type GoModule } from './go-modules.ts';
import { runCommand } from './run-command.ts';

export interface BuildOptions {
  /** Holds a folder for each module and content. */
  programs: string;
  /** What is built: the cluster's own programs when absent. */
  modules?: GoModule[];
  /** Holds a folder of the module's name for each of them. */
  sources?: string;
  path: string;
  home: string;
  signal: AbortSignal;
  /** Told before each long step, and after it. */
  report: (line: string) => void;
}

/** Where the programs of each module are, by the module's name. */
export type BuiltModules = Record<string, string>;

/**
 * Builds what is not built yet: minutes the first time, nothing afterwards. Files of the modules, flags and the version of Go
 * together name the folder, so that a change of any builds anew beside the old.
 * @throws {Error} with the compiler's last lines.
 */
export async function buildPrograms(options: BuildOptions): Promise<BuiltModules> {
  const compiler = (
    await runCommand(['go', 'env', 'GOVERSION'], goCommand(options, sourcesOf(options)))
  ).trim();
  const built: BuiltModules = {};
  for (const module of options.modules ?? GO_MODULES) {
    const folder = join(
      options.programs,
      `${module.name}-${await digestOf(module, sourcesOf(options), compiler)}`,
    );
    if (!(await exists(folder))) await buildModule(module, folder, options);
    built[module.name] = folder;
  }
  return built;
}

/** Into a folder of another name, which takes its own when all is there: an interrupted build leaves nothing that looks whole. */
async function buildModule(module: GoModule, folder: string, options: BuildOptions): Promise<void> {
  const source = join(sourcesOf(options), module.name);
  const go = goCommand(options, source);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  for (const [program, place] of Object.entries(module.programs)) {
    options.report(`building ${program}`);
    const output = join(unfinished, program);
    await runCommand(
      ['nice', '-n', '5', 'go', 'build', '-trimpath', '-ldflags', linkerFlags(module), '-o', output, place],
      go,
    );
  }
  const [first = ''] = Object.keys(module.programs);
  for (const name of module.links ?? []) await symlink(first, join(unfinished, name));
  for (const { module: dependency, folder: kept } of module.keeps ?? []) {
    const home = await runCommand(['go', 'list', '-m', '-f', '{{.Dir}}', dependency], go);
    await cp(join(home.trim(), kept), join(unfinished, kept), { recursive: true });
  }
  await rename(unfinished, folder);
  options.report(`built ${module.name}`);
}

const sourcesOf = ({ sources = MODULES }: BuildOptions): string => sources;

const BUILD_BOUND = 45 * 60_000;

function goCommand({ path, home, signal }: BuildOptions, cwd: string) {
  const env = { HOME: home, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'local' };
  return { path, signal, cwd, env, timeout: BUILD_BOUND };
}

function linkerFlags({ variables = {} }: GoModule): string {
  return ['-s', '-w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}

async function digestOf(module: GoModule, sources: string, compiler: string): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify([compiler, process.arch, module]));
  const root = join(sources, module.name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const file of files.toSorted()) digest.update(file.slice(root.length)).update(await readFile(file));
  return digest.digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
