import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageRecipes } from './image-recipes.ts';
import type { ImageRecipe } from './image-recipes.ts';
import type { Descriptor, ImageStore } from './image-store.ts';
import { LAYERS } from './layers.ts';
import type { LayerName, LayerSources } from './layers.ts';

/** The manifest of each image, by the image's name. */
export type BuiltImages = Record<string, Descriptor>;

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';

/** Puts all images of the table into the store; what has not changed since the last time is not packed again. */
export async function buildImages(
  store: ImageStore,
  sources: LayerSources,
  signal: AbortSignal,
): Promise<BuiltImages> {
  const scripts = await mkdtemp(join(tmpdir(), 'image-scripts-'));
  try {
    const recipes = imageRecipes(scripts);
    const layers = new Map<LayerName, Descriptor>();
    for (const name of new Set(recipes.flatMap((recipe) => recipe.layers))) {
      layers.set(name, await store.layer(await LAYERS[name](sources), signal));
    }
    const built: BuiltImages = {};
    for (const recipe of recipes) {
      const shared = recipe.layers.map((name) => layers.get(name)).filter((layer) => layer !== undefined);
      const own = recipe.own.length > 0 ? [await store.layer(recipe.own, signal)] : [];
      built[recipe.name] = await putImage(store, recipe, [...shared, ...own]);
    }
    await store.forgetUnused(30 * 24 * 3600_000);
    return built;
  } finally {
    await rm(scripts, { recursive: true, force: true });
  }
}

async function putImage(store: ImageStore, recipe: ImageRecipe, layers: Descriptor[]): Promise<Descriptor> {
  const { entrypoint, command, environment, workingDirectory, volumes } = recipe;
  const config = await store.put(CONFIG_TYPE, {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      Env: [`PATH=${SEARCH_PATH}`, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)],
      ...(entrypoint.length > 0 && { Entrypoint: entrypoint }),
      ...(command.length > 0 && { Cmd: command }),
      ...(workingDirectory !== undefined && { WorkingDir: workingDirectory }),
      ...(volumes.length > 0 && { Volumes: Object.fromEntries(volumes.map((volume) => [volume, {}])) }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(() => ({ created_by: 'test/cluster' })),
  });
  return store.put(MANIFEST_TYPE, { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers });
}

const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
