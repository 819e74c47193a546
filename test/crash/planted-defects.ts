import type { FunctionDefinition } from '../../src/engine/function.ts';
import type { TransportRequest } from '../../src/kubernetes/transport.ts';
import type { PlantedSeam } from './operator-lives.ts';
import type { SourceChange } from './system-with-defect.ts';

/** A mistake that programs of this kind make. */
export interface PlantedDefect {
  name: string;
  /** Where it shows. */
  scenario: string;
  /** It shows where two processes lead at once. */
  splitBrain?: boolean;
  /** At the border of a process… */
  seam?: PlantedSeam;
  /** … or in a copy of the sources. */
  source?: SourceChange[];
}

/** The suite must find each of them. */
export const PLANTED_DEFECTS: readonly PlantedDefect[] = [
  {
    name: 'what a phase made is removed before its result is stored',
    scenario: 'job pod',
    source: [
      {
        file: 'src/engine/run-action.ts',
        find: /await action\.run\.store\.commit\(\);\s*await removeLeftovers\(action\);/,
        replace: 'await removeLeftovers(action); await action.run.store.commit();',
      },
    ],
  },
  {
    name: 'a conflict is answered by writing again, whoever has claimed the object',
    scenario: 'unrepeatable step',
    splitBrain: true,
    seam: { transport: (transport) => ({ ...transport, send: overwriting(transport.send) }) },
  },
  {
    name: 'what an action is about is fetched again after a restart',
    scenario: 'object that changes meanwhile',
    source: [
      {
        file: 'src/engine/run-action.ts',
        find: /journal\.pins\.object \?\? \(await readTargetObject\(client, spec\.object\)\)/,
        replace: 'await readTargetObject(client, spec.object)',
      },
    ],
  },
  {
    name: 'objects are created by generateName alone',
    scenario: 'one phase',
    seam: {
      transport: (transport) => ({
        ...transport,
        send: (request) => transport.send(request.method === 'POST' ? changed(request, nameless) : request),
      }),
    },
  },
  {
    name: 'an exec is begun again after a restart',
    scenario: 'exec',
    seam: {
      functions: (functions) => functions.map((one) => (one.name === 'KubeExec' ? repeating(one) : one)),
    },
  },
  {
    name: 'a detached command is begun again beside the one that goes on',
    scenario: 'detached exec',
    source: [
      {
        file: 'src/pods/detached-command.ts',
        find: /await context\.step\(`\$\{step\}-place`, \(\) => (placeDetached\(context, command, step\)), \{[^}]*\{[^}]*\},\s*\}\)/,
        replace: 'await $1',
      },
    ],
  },
  {
    name: 'a change that comes late is not undone',
    scenario: 'workload scaled to zero for a restore whose time is up',
    source: [
      {
        file: 'src/engine/late-requests.ts',
        find: /change\.late = true;/,
        replace: 'change.late = undefined;',
      },
    ],
  },
  {
    name: 'an intent is not stored before what can not be repeated',
    scenario: 'unrepeatable step',
    source: [
      {
        file: 'src/engine/steps.ts',
        find: /journal\.intents\.push\(name\);\s*unstored = true;/,
        replace: 'journal.intents.push(name);',
      },
      {
        file: 'src/engine/steps.ts',
        find: /if \(!journal\.intents\.includes\(intent\.step\)\) journal\.intents\.push\(intent\.step\);/,
        replace: '',
      },
    ],
  },
  {
    name: 'the ActionSet is called failed before its deferPhase has run',
    scenario: 'failing phase with deferPhase',
    seam: {
      transport: (transport) => ({
        ...transport,
        send: (request) => transport.send(request.method === 'PUT' ? changed(request, failedEarly) : request),
      }),
    },
  },
  {
    name: 'pods are removed by force before the deferPhase',
    scenario: 'pod that does not end in time',
    seam: {
      transport: (transport) => ({
        ...transport,
        send: (request) => transport.send(request.method === 'DELETE' ? changed(request, byForce) : request),
      }),
    },
  },
  {
    name: 'nothing is removed',
    scenario: 'one phase',
    seam: {
      transport: (transport) => ({
        ...transport,
        send: (request) =>
          transport.send(request.method === 'DELETE' ? { ...request, query: [['dryRun', 'All']] } : request),
      }),
    },
  },
];

interface Body {
  metadata?: { name?: string; generateName?: string; resourceVersion?: string };
  status?: { state?: string; actions?: { phases?: { state?: string }[] }[] };
  gracePeriodSeconds?: number;
}

function changed(request: TransportRequest, change: (body: Body) => void): TransportRequest {
  if (typeof request.body !== 'string') return request;
  const body = JSON.parse(request.body) as Body;
  change(body);
  return { ...request, body: JSON.stringify(body) };
}

function nameless({ metadata }: Body): void {
  if (metadata?.generateName !== undefined) delete metadata.name;
}

function failedEarly({ status }: Body): void {
  const phases = status?.actions?.flatMap((action) => action.phases ?? []);
  if (status && phases?.some(({ state }) => state === 'failed')) status.state = 'failed';
}

function byForce(body: Body): void {
  body.gracePeriodSeconds = 0;
}

type Send = NonNullable<ReturnType<NonNullable<PlantedSeam['transport']>>>['send'];

function overwriting(send: Send): Send {
  return async (request) => {
    for (;;) {
      const response = await send(request);
      if (request.method !== 'PUT' || response.status !== 409) return response;
      const found = await send({ method: 'GET', path: request.path, headers: request.headers ?? {} });
      if (found.status !== 200) return response;
      const { metadata } = JSON.parse(await textOf(found.body)) as Body;
      request = changed(request, (body) => {
        body.metadata = { ...body.metadata, resourceVersion: metadata?.resourceVersion ?? '' };
      });
    }
  };
}

async function textOf(body: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of body) text += chunk.toString();
  return text;
}

/** The function, as if its steps could be repeated. */
function repeating({ intents: _none, ...definition }: FunctionDefinition): FunctionDefinition {
  return {
    ...definition,
    run: (args, context) =>
      definition.run(args, { ...context, step: (name, effect) => context.step(name, effect) }),
  };
}
