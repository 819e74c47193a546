import { Failure } from '../engine/failure.ts';
import type { Json, JsonObject } from '../kubernetes/objects.ts';

/**
 * Checks `podLabels` and `podAnnotations` of a Blueprint, as far as they are known before templates are rendered: a text with a
 * template in it may become anything. Values that are no text are turned into one when the phase runs.
 * @throws {Failure} `InvalidArgument`, with the stems of Kanister's validation
 */
export function checkPodMetadata(raw: JsonObject): void {
  checkMap(raw, 'podLabels', 'pod labels', 'labels', (key, value) => {
    checkKey('podLabels', 'label', key);
    if (!isLabelValue(value)) throw invalid('podLabels', 'labels', `label value '${value}'`, LABEL_VALUE);
  });
  checkMap(raw, 'podAnnotations', 'pod annotations', 'annotations', (key) =>
    checkKey('podAnnotations', 'annotation', key),
  );
}

const NAME = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const DNS_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST_DNS_NAME = 253;

const QUALIFIED_NAME =
  'at most 63 letters, digits, "-", "_" and ".", of which the first and the last are letters or digits; a DNS name and "/" may stand in front';
const LABEL_VALUE =
  'at most 63 letters, digits, "-", "_" and ".", of which the first and the last are letters or digits';

function checkMap(
  raw: JsonObject,
  argument: string,
  what: string,
  many: string,
  check: (key: string, value: string) => void,
): void {
  const given = raw[argument];
  if (given === undefined || given === null || isTemplate(given)) return;
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new Failure(
      'InvalidArgument',
      `Kanister function validation failed, while getting ${what} from function args: ` +
        `${argument} are not in correct format. Expected a map of texts`,
      { argument, hint: `Give ${argument} as a map: the names of ${many}, and their values.` },
    );
  }
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === 'string') check(key, isTemplate(value) ? '' : value);
  }
}

function checkKey(argument: string, kind: string, key: string): void {
  if (isTemplate(key) || isQualifiedName(key)) return;
  throw invalid(argument, `${kind}s`, `${kind} key '${key}'`, QUALIFIED_NAME);
}

function isQualifiedName(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').toReversed();
  if (more.length > 0 || !NAME.test(name)) return false;
  return prefix === undefined || (prefix.length <= LONGEST_DNS_NAME && DNS_NAME.test(prefix));
}

function isLabelValue(value: string): boolean {
  return value === '' || NAME.test(value);
}

function isTemplate(value: Json): boolean {
  return typeof value === 'string' && value.includes('{{');
}

function invalid(argument: string, many: string, what: string, expected: string): Failure {
  return new Failure(
    'InvalidArgument',
    `Kanister function validation failed, while validating ${many}: ${what} failed validation. [${expected}]`,
    { argument, hint: `Correct ${argument} of the phase.` },
  );
}
