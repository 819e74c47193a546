import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../gotemplate/index.ts';
import { emptyPhase } from './parameters.ts';
import { templateData } from './template-data.ts';

describe('the parameters of templates', () => {
  const data = templateData({
    action: { name: 'backup', object: { kind: 'Namespace', name: 'shop', namespace: 'shop' } },
    time: '2026-11-21T10:11:12.123456789Z',
    object: {},
    subject: {
      kind: 'StatefulSet',
      namespace: 'shop',
      name: 'db',
      pods: [],
      containers: [],
      persistentVolumeClaims: {},
    },
    secrets: {},
    configMaps: {},
    profile: {
      Location: { type: 's3Compliant', bucket: 'b', endpoint: '', prefix: '', region: '' },
      Credential: {
        Type: 'keyPair',
        KeyPair: { ID: 'i', Secret: 's' },
        Secret: null,
        KopiaServerSecret: null,
      },
      SkipSSLVerify: false,
    },
    phases: {},
    deferPhase: emptyPhase(),
  });

  it('show an object that is not there as Go shows a nil pointer, whatever its type prints itself as', () => {
    expect(compileTemplate('{{ .Profile.Credential.Secret }}').execute(data)).toBe('<nil>');
    expect(
      compileTemplate('{{ with .Profile.Credential.Secret }}x{{ else }}none{{ end }}').execute(data),
    ).toBe('none');
  });
});
