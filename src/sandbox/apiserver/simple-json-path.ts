import { fieldsOf, isFields, listOf } from './json-value.ts';

/**
 * What a printer column's path finds: `.spec.name`, `.items[0].name`, `.items[*].name`, `.metadata.labels.app\.kubernetes\.io/name`,
 * `.conditions[?(@.type=="Ready")].status`. Of several finds it is the first; none is `undefined`.
 */
export function readJsonPath(object: unknown, path: string): unknown {
  const found = steps(path).reduce<unknown[]>(
    (values, step) => values.flatMap((value) => take(value, step)),
    [object],
  );
  return found.find((value) => value !== undefined && value !== null);
}

type Step = { key: string } | { index: number } | { every: true } | { where: string[]; equals: string };

function steps(path: string): Step[] {
  const pattern =
    /\.((?:\\.|[^.[\]\\])+)|\[(-?\d+)\]|\[(\*)\]|\['([^']+)'\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]/g;
  return [...path.matchAll(pattern)].map(([, key, index, every, quoted, where, equals]): Step => {
    if (index !== undefined) return { index: Number(index) };
    if (every !== undefined || key === '*') return { every: true };
    if (where !== undefined) return { where: where.split('.'), equals: equals ?? '' };
    return { key: quoted ?? (key ?? '').replaceAll(/\\(.)/g, '$1') };
  });
}

function take(value: unknown, step: Step): unknown[] {
  if ('key' in step) return isFields(value) && Object.hasOwn(value, step.key) ? [value[step.key]] : [];
  if ('index' in step) return [listOf(value).at(step.index)];
  if ('every' in step) return isFields(value) ? Object.values(value) : listOf(value);
  return listOf(value).filter((item) => {
    const at = step.where.reduce<unknown>((inner, key) => fieldsOf(inner)[key], item);
    return String(at) === step.equals;
  });
}
