/** What one phase of a backup renders: nine texts, with the parameters of an action on a StatefulSet. */
import type { Parameters } from '../../src/engine/parameters.ts';

export const texts = [
  '{{ .StatefulSet.Namespace }}',
  '{{ index .StatefulSet.Pods 0 }}',
  '{{ index (index .StatefulSet.Containers 0) 0 }}',
  '{{ index .Options "image" | default "ghcr.io/example/postgres-tools:1.2.3" }}',
  's3://{{ .Profile.Location.Bucket }}/{{ .Profile.Location.Prefix }}/{{ .StatefulSet.Namespace }}/{{ .StatefulSet.Name }}/{{ toDate "2006-01-02T15:04:05.999999999Z07:00" .Time | date "2006-01-02T15-04-05" }}.dump',
  '{{ index .Secrets.database.Data "username" | toString }}',
  `set -o errexit
export PGHOST='{{ .Object.spec.serviceName }}.{{ .StatefulSet.Namespace }}.svc'
{{- if gt (.Object.spec.replicas | int) 1 }}
export PGREPLICA={{ index .StatefulSet.Pods 1 | quote }}
{{- end }}
{{- range $pod, $claims := .StatefulSet.PersistentVolumeClaims }}
{{- range $claim, $path := $claims }}
echo {{ printf "%s %s %s" $pod $claim $path | squote }}
{{- end }}
{{- end }}
kando location push --path {{ .Options.path | quote }} -- pg_dump`,
  '{{ toJson .Profile }}',
  '{{ if .Options.lock }}{{ .Options.lock }}{{ else }}5min{{ end }}',
];

const metadata = { name: 'db', namespace: 'shop' };

export const parameters: Parameters = {
  action: {
    name: 'backup',
    object: { kind: 'StatefulSet', ...metadata },
    options: { path: 'daily/db', lock: '' },
  },
  time: '2024-01-02T03:04:05.678901234Z',
  object: { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { replicas: 2, serviceName: 'db' } },
  subject: {
    kind: 'StatefulSet',
    ...metadata,
    pods: ['db-0', 'db-1'],
    containers: [
      ['postgres', 'metrics'],
      ['postgres', 'metrics'],
    ],
    persistentVolumeClaims: { 'db-0': { 'data-db-0': '/data' }, 'db-1': { 'data-db-1': '/data' } },
  },
  secrets: {
    database: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'database', namespace: 'shop' },
      data: { username: 'cG9zdGdyZXM=' },
    },
  },
  configMaps: {},
  profile: {
    Location: {
      type: 's3Compliant',
      bucket: 'backups',
      endpoint: '',
      prefix: 'cluster-1',
      region: 'eu-central-1',
    },
    Credential: {
      Type: 'keyPair',
      KeyPair: { ID: 'key', Secret: 'secret' },
      Secret: null,
      KopiaServerSecret: null,
    },
    SkipSSLVerify: false,
  },
  phases: {},
  deferPhase: { secrets: {}, configMaps: {}, output: undefined },
};

/** The same for the Go program, by the names of Kanister's `param.TemplateParams`. */
export const goParameters = {
  StatefulSet: {
    Name: 'db',
    Namespace: 'shop',
    Pods: parameters.subject?.pods,
    Containers: parameters.subject?.containers,
    PersistentVolumeClaims: parameters.subject?.persistentVolumeClaims,
  },
  Options: parameters.action.options,
  Secrets: parameters.secrets,
  ConfigMaps: {},
  Time: parameters.time,
  Profile: parameters.profile,
  Object: parameters.object,
  Phases: {},
  DeferPhase: {},
};
