import { fieldsOf, listOf, ownSpec, textOf } from '../json-value.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** How long pods stay on a node that is lost. */
const SECONDS = 300;

/** Pods outlast a short absence of their node, unless they say otherwise. */
export function tolerateLostNodes({ object }: AdmissionRequest): void {
  if (!object) return;
  const spec = ownSpec(object);
  const given = listOf(spec.tolerations).map(fieldsOf);
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (taint) =>
      !given.some(({ key, effect }) => {
        const anyKey = textOf(key) === '' || key === taint;
        return anyKey && (textOf(effect) === '' || effect === 'NoExecute');
      }),
  );
  if (missing.length === 0) return;
  spec.tolerations = [
    ...given,
    ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS })),
  ];
}
