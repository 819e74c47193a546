/**
 * The rules for keys and values of labels and for keys of annotations, with the texts of the API server, which
 * Kanister shows too. Each function returns what is wrong; nothing when it is valid.
 */
export function labelKeyProblems(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
        `alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}') ` +
        "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  }
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, parts[0]];
  return [...(prefix === undefined ? [] : prefixProblems(prefix)), ...nameProblems(name)];
}

export function labelValueProblems(value: string): string[] {
  return [
    ...(value.length > 63 ? ['must be no more than 63 characters'] : []),
    ...(new RegExp(`^(${QUALIFIED})?$`).test(value)
      ? []
      : [
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start " +
            "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for " +
            `validation is '(${QUALIFIED})?')`,
        ]),
  ];
}

/** Kanister's check of the labels for pods; undefined when all are valid. */
export function podLabelsProblem(labels: Readonly<Record<string, string>>): string | undefined {
  for (const [key, value] of Object.entries(labels)) {
    const keyProblems = labelKeyProblems(key);
    if (keyProblems.length > 0) return `label key '${key}' failed validation. ${goList(keyProblems)}`;
    const valueProblems = labelValueProblems(value);
    if (valueProblems.length > 0) return `label value '${value}' failed validation. ${goList(valueProblems)}`;
  }
  return undefined;
}

/** Kanister's check of the annotations for pods; undefined when all are valid. */
export function podAnnotationsProblem(annotations: Readonly<Record<string, string>>): string | undefined {
  for (const key of Object.keys(annotations)) {
    const problems = labelKeyProblems(key);
    if (problems.length > 0) return `annotation key '${key}' failed validation. ${goList(problems)}`;
  }
  return undefined;
}

const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';

function prefixProblems(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return [
    ...(prefix.length > 253 ? ['prefix part must be no more than 253 characters'] : []),
    ...(new RegExp(`^${SUBDOMAIN}$`).test(prefix)
      ? []
      : [
          "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and " +
            "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
            `'${SUBDOMAIN}')`,
        ]),
  ];
}

function nameProblems(name: string): string[] {
  return [
    ...(name === '' ? ['name part must be non-empty'] : []),
    ...(name.length > 63 ? ['name part must be no more than 63 characters'] : []),
    ...(new RegExp(`^${QUALIFIED}$`).test(name)
      ? []
      : [
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
            "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
            `'${QUALIFIED}')`,
        ]),
  ];
}

/** As Go prints a slice of strings. */
const goList = (problems: string[]): string => `[${problems.join(' ')}]`;
