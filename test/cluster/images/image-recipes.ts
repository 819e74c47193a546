import { readdirSync, readFileSync } from 'node:fs';
import { builtInImages } from '../../../src/sandbox/images/built-in-images.ts';
import type { SandboxImage } from '../../../src/sandbox/images/image-table.ts';
import { text } from './layer-entry.ts';
import type { LayerEntry } from './layer-entry.ts';
import { NODE, PROGRAMS } from './layers.ts';
import type { LayerName } from './layers.ts';

/** How an image is put together, and what it starts. */
export interface ImageRecipe {
  /** The last path segment of the references that it is served for. */
  name: string;
  layers: LayerName[];
  /** What only this image has; the last layer. */
  own: LayerEntry[];
  entrypoint: string[];
  command: string[];
  environment: Record<string, string>;
  workingDirectory?: string;
  volumes: string[];
}

/**
 * The sandbox's table of images, with true contents: the same names start the same programs in both. `scripts` is an empty folder that the
 * table may write to.
 */
export function imageRecipes(scripts: string): ImageRecipe[] {
  const table = builtInImages({ folder: scripts, node: NODE, programs: PROGRAMS });
  return [...table.filter(({ name }) => name !== 'pause').map(recipeOf), PAUSE];
}

function recipeOf(image: SandboxImage): ImageRecipe {
  const { name, entrypoint = [], command = [], path = [], workingDirectory, volumes = [] } = image;
  return {
    name,
    layers: CONTENTS[name] ?? ['tools'],
    own: path.flatMap(programsOf),
    entrypoint,
    command,
    environment: { ...image.environment, ...ENVIRONMENT[name] },
    ...(workingDirectory !== undefined && { workingDirectory }),
    volumes,
  };
}

/** Images that are more than shell and tools. */
const CONTENTS: Record<string, LayerName[]> = {
  busybox: ['busybox'],
  alpine: ['busybox'],
  kubectl: ['tools', 'kubectl'],
  node: ['tools', 'node'],
  'kanister-tools': ['tools', 'node', 'programs', 'dataMovers'],
  'postgres-kanister-tools': ['tools', 'node', 'programs', 'dataMovers', 'postgresClient'],
  'mysql-sidecar': ['tools', 'node', 'programs', 'dataMovers', 'mysqlClient'],
  postgres: ['tools', 'postgresServer', 'postgresClient'],
  'kanister-operator': ['tools', 'node', 'programs'],
};

const ENVIRONMENT: Record<string, Record<string, string>> = {
  // In the sandbox each pod has an address of the machine, and the server must take that one only; here it may take all.
  postgres: { POD_IP: '*' },
};

/** What holds a pod's namespaces: never asked for by a person. */
const PAUSE: ImageRecipe = {
  name: 'pause',
  layers: ['pause'],
  own: [],
  entrypoint: ['/pause'],
  command: [],
  environment: {},
  volumes: [],
};

/** The small programs that the table wrote, except those that Node itself stands for. */
function programsOf(path: string): LayerEntry[] {
  return readdirSync(path)
    .map((program) => text(`/usr/local/bin/${program}`, readFileSync(`${path}/${program}`, 'utf8'), 0o755))
    .filter((entry) => entry.path !== NODE);
}
