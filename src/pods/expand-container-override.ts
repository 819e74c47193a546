import type { Json, JsonObject } from '../kubernetes/objects.ts';

/** Containers of a MultiContainerRun for which `container` stands. */
const MAIN = ['background', 'output'];
const INIT = 'init';

/**
 * An ActionSet's override, made for the one container of other functions, as it is meant for the pod of a MultiContainerRun: what it says
 * of `container` holds for each of `background`, `output` and, where there is one, `init`, of which it says nothing (Kanister 0.118). The
 * override itself stays as it is; a list that holds something other than containers is left alone.
 */
export function expandContainerOverride(override: JsonObject, hasInit: boolean): JsonObject {
  const containers = containersOf(override['containers']);
  const general = containers?.find(({ name }) => name === 'container');
  if (!containers || !general) return override;
  const initContainers =
    override['initContainers'] === undefined ? [] : containersOf(override['initContainers']);
  const specific = containers.filter((container) => container !== general);
  const copies = (names: string[], present: JsonObject[]) =>
    names
      .filter((wanted) => !present.some(({ name }) => name === wanted))
      .map((name) => ({ ...structuredClone(general), name }));
  const init = hasInit && initContainers ? copies([INIT], initContainers) : [];
  return {
    ...override,
    containers: [...specific, ...copies(MAIN, specific)],
    ...(initContainers && init.length > 0 && { initContainers: [...initContainers, ...init] }),
  };
}

function containersOf(value: Json | undefined): JsonObject[] | undefined {
  return Array.isArray(value) && value.every(isMap) ? value : undefined;
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
