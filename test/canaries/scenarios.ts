import type { ActionSpec, BlueprintAction } from '../../src/api/kanister/types.ts';
import type { JsonObject } from '../../src/kubernetes/objects.ts';
import { ENCODING_NAMES, type Encoding } from './encodings.ts';
import { WAYS_TO_FAIL } from './functions.ts';

/** What all canaries have in common: one with everything that encodings change, and one that can be a name. */
export const MARKERS = ['Kn4rY"<zX\\7&wé %q/~Tp>u', 'kn4ryzx7wqtpu3hd9vmc2s8'];

/** A run that has a canary in its hands, and fails with it, or prints it. */
export interface Scenario {
  name: string;
  canary: string;
  secret: { name: string; type: string; data: Record<string, string> };
  profile?: JsonObject;
  action: BlueprintAction;
  spec: Partial<ActionSpec>;
  /** The Blueprint prints the canary as an output itself: it stays there, and is told. */
  prints?: true;
}

export const NAMESPACE = 'default';

/** `count` runs: every way to fail with every way in, and encodings in turn. */
export function scenarios(count: number): Scenario[] {
  return Array.from({ length: count }, (_, i) => {
    const round = Math.floor(i / FAILURES.length);
    const failure = inTurn(FAILURES, i);
    const entry = inTurn(ENTRIES, round);
    const encoding = inTurn(ENCODING_NAMES, i + round);
    const canary = `${inTurn(MARKERS, failure.isName ? 1 : i)}${i}`;
    return compose(`canary-${i}`, canary, entry, failure, encoding);
  });
}

function inTurn<T>(all: readonly T[], turn: number): T {
  const one = all[turn % all.length];
  if (one === undefined) throw new Error('there is nothing to choose from');
  return one;
}

/** Where the canary comes from, and the template that gives it. */
interface Entry {
  template: string;
  type?: string;
  data?(canary: string): Record<string, string>;
  /** How the action refers to the Secret, or to the Profile of the same name. */
  spec?(name: string): Partial<ActionSpec>;
  objects?: true;
  profile?(name: string): JsonObject;
}

const LOCATION = {
  type: 's3Compliant',
  bucket: 'backups',
  endpoint: 'http://127.0.0.1:9',
  region: 'eu-west-1',
};
const ofProfile = (name: string) => ({ profile: { name, namespace: NAMESPACE } });

const ENTRIES: Entry[] = [
  {
    template: 'index .Secrets.db.Data "password" | toString',
    spec: (name) => ({ secrets: { db: { name, namespace: NAMESPACE } } }),
  },
  { template: 'index .Phases.run.Secrets.db.Data "password" | toString', objects: true },
  {
    template: '.Profile.Credential.KeyPair.Secret',
    spec: ofProfile,
    data: (canary) => ({ id: 'AKIDofNobody', key: canary }),
    profile: (name) => ({
      location: LOCATION,
      credential: {
        type: 'keyPair',
        keyPair: { idField: 'id', secretField: 'key', secret: { name, namespace: NAMESPACE } },
      },
    }),
  },
  {
    template: 'index .Profile.Credential.Secret.Data "aws_session_token" | toString',
    spec: ofProfile,
    type: 'secrets.kanister.io/aws',
    data: (canary) => ({
      aws_access_key_id: 'AKIDofNobody',
      aws_secret_access_key: 'secretOfNobody',
      aws_session_token: canary,
    }),
    profile: (name) => ({
      location: LOCATION,
      credential: { type: 'secret', secret: { name, namespace: NAMESPACE } },
    }),
  },
  {
    template: '.Object.data.password | b64dec',
    spec: (name) => ({
      object: { kind: 'secret', apiVersion: 'v1', resource: 'secrets', name, namespace: NAMESPACE },
    }),
  },
];

/** What goes wrong: the phases of an action, given the template of the canary. */
interface FailureKind {
  name: string;
  /** The canary has to be a word that names may have. */
  isName?: true;
  prints?: true;
  action(template: string, encoding: Encoding): BlueprintAction;
}

const phase = (func: string, args: JsonObject): BlueprintAction => ({
  kind: 'Namespace',
  phases: [{ name: 'run', func, args }],
});
const pod = (way: string) => (template: string, encoding: Encoding) =>
  phase('KubeTask', {
    image: 'ghcr.io/kanisterio/kanister-tools:0.119.0',
    command: [way, encoding, `{{ ${template} }}`],
  });

const FAILURES: FailureKind[] = [
  ...Object.keys(WAYS_TO_FAIL).map((way) => ({
    name: way,
    action: (template: string, encoding: Encoding) =>
      phase('FailWith', { value: `{{ ${template} }}`, encoding, way }),
  })),
  { name: 'a pod that fails', action: pod('fail') },
  { name: 'a pod that prints an output that is none', action: pod('garble') },
  { name: 'a template', action: (template) => phase('FailWith', { value: `{{ fail (${template}) }}` }) },
  {
    name: 'a template in base64',
    action: (template) => phase('FailWith', { value: `{{ fail (${template} | b64enc) }}` }),
  },
  { name: 'no number', action: (template) => phase('CountTo', { number: `{{ ${template} }}` }) },
  {
    name: 'no name of a workload',
    isName: true,
    action: (template) =>
      phase('ScaleWorkload', {
        kind: 'deployment',
        namespace: NAMESPACE,
        name: `{{ ${template} }}`,
        replicas: 0,
      }),
  },
  {
    name: 'a second attempt',
    action(template, encoding) {
      const args = { value: `{{ ${template} }}`, encoding, way: 'an error' };
      const retry = { attempts: 2, backoff: '10ms' };
      return { kind: 'Namespace', phases: [{ name: 'run', func: 'FailWith', args, retry }] };
    },
  },
  {
    name: 'artifacts',
    action: (template) => ({
      ...phase('Echo', { value: 'done' }),
      outputArtifacts: { dump: { keyValue: { path: `{{ fail (${template} | quote) }}` } } },
    }),
  },
  {
    name: 'an output of its own',
    prints: true,
    action: (template) => phase('Echo', { value: `{{ ${template} }}` }),
  },
];

function compose(
  name: string,
  canary: string,
  entry: Entry,
  failure: FailureKind,
  encoding: Encoding,
): Scenario {
  const action = failure.action(entry.template, encoding);
  const [first] = action.phases ?? [];
  if (entry.objects && first) {
    first.objects = { db: { kind: 'Secret', name, namespace: NAMESPACE } };
  }
  const object = { kind: 'Namespace', name: NAMESPACE, namespace: NAMESPACE };
  return {
    name,
    canary,
    secret: { name, type: entry.type ?? 'Opaque', data: entry.data?.(canary) ?? { password: canary } },
    action,
    spec: { object, ...entry.spec?.(name) },
    ...(entry.profile && { profile: entry.profile(name) }),
    ...(failure.prints && { prints: true }),
  };
}
