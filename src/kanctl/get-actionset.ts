import type { Command } from 'commander';
import type { ActionSetTimeline } from '../api/kanister/timeline.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { attemptParts, objectText, stateText, transferText } from './action-set-report.ts';
import { defineCommand } from './command.ts';
import { connectTo } from './connect-to.ts';
import { durationText } from './duration-text.ts';
import { booleanFlag, textFlag } from './flag.ts';
import { globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { checkFormat, formatDocument, outputFlag } from './output-format.ts';
import { textTable } from './text-table.ts';
import { UsageError } from './usage-error.ts';

const FORMATS = ['wide', 'json', 'yaml'];

/** `kanctl get actionset` */
export const getActionSetCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'actionset',
      summary: 'Show ActionSets and how far they are',
      arguments: ['[NAME]'],
      flags: {
        'all-namespaces': booleanFlag({ short: 'A', usage: 'those of all namespaces' }),
        output: outputFlag(FORMATS, 'a table'),
        selector: textFlag({ short: 'l', usage: 'only those with these labels' }),
      },
      globalFlags,
      async run({ flags, args }) {
        const [name] = args;
        if (args.length > 1) throw new UsageError(`accepts at most 1 arg(s), received ${args.length}`);
        checkFormat(flags.output, FORMATS);
        if (name !== undefined && (flags['all-namespaces'] || flags.selector !== '')) {
          throw new UsageError('a name is given: --all-namespaces and --selector are for lists');
        }
        const { client, namespace } = await connectTo(host, flags);
        const { signal } = host;
        if (name !== undefined) {
          const actionSet = await client.get<ActionSet>(ACTION_SETS, { name, namespace }, { signal });
          await print([actionSet], actionSet, { format: flags.output, namespaces: false }, host);
          return 0;
        }
        const scope = flags['all-namespaces'] ? {} : { namespace };
        const items = await listAll(client, { ...scope, labelSelector: flags.selector, signal });
        if (items.length === 0 && (flags.output === '' || flags.output === 'wide')) {
          const where = flags['all-namespaces'] ? '' : ` in ${namespace} namespace`;
          host.stderr.write(`No ActionSets found${where}.\n`);
          return 0;
        }
        const list = { apiVersion: 'v1', kind: 'List', items, metadata: { resourceVersion: '' } };
        await print(items, list, { format: flags.output, namespaces: flags['all-namespaces'] }, host);
        return 0;
      },
    },
    host,
  );

/** Page by page: there can be tens of thousands. Items of a list have no kind of their own. */
async function listAll(
  client: KubernetesClient,
  selection: { namespace?: string; labelSelector: string; signal: AbortSignal },
): Promise<ActionSet[]> {
  const actionSets: ActionSet[] = [];
  let next: string | undefined;
  do {
    const page = await client.list<ActionSet>(ACTION_SETS, {
      ...selection,
      limit: 500,
      ...(next !== undefined && { continue: next }),
    });
    actionSets.push(
      ...page.items.map((item) => ({ ...item, apiVersion: 'cr.kanister.io/v1alpha1', kind: 'ActionSet' })),
    );
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  return actionSets;
}

async function print(
  actionSets: ActionSet[],
  document: object,
  { format, namespaces }: { format: string; namespaces: boolean },
  { stdout, clock }: KanctlHost,
): Promise<void> {
  if (format === 'json' || format === 'yaml') stdout.write(await formatDocument(document, format));
  else {
    const { actionSetTimeline } = await import('../api/kanister/timeline.ts');
    const now = clock.now();
    const timelines = actionSets.map((actionSet) => actionSetTimeline(actionSet, now));
    const columns = COLUMNS.filter(
      ({ when = 'always' }) => when === 'always' || (when === 'wide' ? format === 'wide' : namespaces),
    );
    const rows = timelines.map((timeline) => columns.map(({ cell }) => cell(timeline, now) || '<none>'));
    stdout.write(textTable([columns.map(({ heading }) => heading), ...rows]));
  }
}

interface Column {
  heading: string;
  when?: 'wide' | 'namespaces';
  cell(timeline: ActionSetTimeline, now: Date): string;
}

const COLUMNS: Column[] = [
  { heading: 'NAMESPACE', when: 'namespaces', cell: ({ namespace }) => namespace },
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'STATE', cell: stateText },
  { heading: 'PROGRESS', cell: ({ percent }) => (percent === undefined ? '' : `${percent}%`) },
  {
    heading: 'PHASE',
    cell: ({ current }) =>
      current === undefined
        ? ''
        : [current.name, ...attemptParts(current.attempts).map((text) => `(${text})`)].join(' '),
  },
  { heading: 'PHASES', cell: ({ completePhaseCount, phaseCount }) => `${completePhaseCount}/${phaseCount}` },
  {
    heading: 'AGE',
    cell: ({ created }, now) => (created === undefined ? '' : ageText(now.getTime() - Date.parse(created))),
  },
  {
    heading: 'SKIPPED',
    when: 'wide',
    cell: ({ actions }) =>
      unique(actions.flatMap(({ phases }) => phases.flatMap(({ skipped, name }) => (skipped ? [name] : [])))),
  },
  {
    heading: 'WAITING',
    when: 'wide',
    cell: ({ actions }) => unique(actions.flatMap(({ waitsFor, name }) => (waitsFor ? [name] : []))),
  },
  {
    heading: 'MOVED',
    when: 'wide',
    cell: ({ transfer }) => (transfer === undefined ? '' : transferText(transfer)),
  },
  {
    heading: 'TOOK',
    when: 'wide',
    cell: ({ elapsed }) => (elapsed === undefined ? '' : durationText(elapsed)),
  },
  { heading: 'ACTIONS', when: 'wide', cell: ({ actions }) => unique(actions.map(({ name }) => name)) },
  {
    heading: 'BLUEPRINTS',
    when: 'wide',
    cell: ({ actions }) => unique(actions.map(({ blueprint }) => blueprint)),
  },
  {
    heading: 'OBJECTS',
    when: 'wide',
    cell: ({ actions }) => unique(actions.map(({ object }) => objectText(object))),
  },
  { heading: 'ERROR', when: 'wide', cell: ({ error = '' }) => error.split('\n')[0] ?? '' },
];

/** Creation times have whole seconds. */
const ageText = (milliseconds: number): string => (milliseconds < 1000 ? '0s' : durationText(milliseconds));

const unique = (values: string[]): string => [...new Set(values)].join(',');
