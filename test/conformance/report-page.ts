import { BEHAVIOURS } from './behaviours.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { readRecordings } from './recordings.ts';
import type { Recordings } from './recordings.ts';

/** `docs/conformance.md`: each behaviour with what was compared, and every difference that is meant to be. */
export function conformancePage(cases: readonly ConformanceCase[]): string {
  const rows = Object.entries(BEHAVIOURS).map(([behaviour, sentence]) => {
    const own = cases.filter((test) => test.behaviour === behaviour);
    const recordings = readRecordings(behaviour);
    const compared = own.filter(({ sandboxOnly }) => !sandboxOnly);
    const answers = compared.reduce((sum, { name }) => sum + (recordings[name]?.length ?? 0), 0);
    const errors = own.filter((test) => meetsError(test, recordings)).length;
    const explained = compared.reduce((sum, test) => sum + Object.keys(test.explained ?? {}).length, 0);
    return `| ${behaviour} | ${sentence} | ${compared.length} | ${answers} | ${errors} | ${explained || ''} |`;
  });
  const total = cases.filter(({ sandboxOnly }) => !sandboxOnly).length;
  return [
    '# Conformance',
    '',
    'The sandbox is held to a real Kubernetes 1.34 cluster: API server, controllers, scheduler and kubelet with containerd. Each case below is a',
    'conversation that was recorded on the cluster; the sandbox must answer the same, field by field, with only uids, versions, times, addresses and generated names replaced.',
    'How the cases are written and recorded stands in `test/conformance/README.md`; this page is made by `node test/conformance/write-report.ts`.',
    '',
    `${total} cases of ${Object.keys(BEHAVIOURS).length} behaviours. *Answers* counts responses and observations compared, *errors* the cases that meet a refusal or a failure.`,
    '',
    '| behaviour | what holds | cases | answers | errors | explained |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    '## Differences that are meant to be',
    '',
    ...differences(cases),
    '',
    '## Only in the sandbox',
    '',
    ...cases.flatMap(({ behaviour, name, sandboxOnly }) => (sandboxOnly ? [`* ${behaviour}: ${name}`] : [])),
    '',
  ].join('\n');
}

/** A refusal, an ERROR event of a watch, or a note of something that failed. */
export const meetsError = ({ name, sandboxOnly }: ConformanceCase, recordings: Recordings): boolean =>
  sandboxOnly === true ||
  (recordings[name] ?? []).some(
    ({ status = 0, label, body }) =>
      status >= 400 || label.startsWith('error') || JSON.stringify(body ?? '').includes('"ERROR"'),
  );

function differences(cases: readonly ConformanceCase[]): string[] {
  return cases.flatMap(({ behaviour, name, explained = {} }) =>
    Object.entries(explained).map(([at, why]) => `* ${behaviour}, “${name}”, \`${at}\`: ${why}`),
  );
}
