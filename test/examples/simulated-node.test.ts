import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { functions } from '../../src/functions/index.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { createOperatorBed } from '../support/operator-bed.ts';

it('dumps once, though the connection breaks when the pod has been made', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  let dumps = 0;
  const dump = () => {
    dumps += 1;
    return { output: ['dumping', { text: '###Phase-output###: {"key":"rows","value":"7"}', after: 20 }] };
  };
  const { client, faults, stop } = await startSandbox({
    folder,
    node: 'simulated',
    containers: [{ match: { image: 'postgres-kanister-tools', command: /^pg_dump/ }, run: dump }],
  });
  const operators = await createOperatorBed({ client, namespace: 'default', patience: 20_000, close: stop });
  try {
    faults.add({
      match: { verb: 'create', resource: 'pods' },
      fault: { kind: 'reset', when: 'after' },
      times: 1,
    });
    operators.start({ functions: [...functions], env: { POD_SERVICE_ACCOUNT: 'default' } });
    const image = 'ghcr.io/kanisterio/postgres-kanister-tools:0.119.0';
    await operators.createBlueprint('orders', {
      backup: {
        kind: 'Namespace',
        outputArtifacts: { dump: { keyValue: { rows: '{{ .Phases.dump.Output.rows }}' } } },
        phases: [{ name: 'dump', func: 'KubeTask', args: { image, command: ['pg_dump', 'orders'] } }],
      },
    });
    const object = { kind: 'Namespace', name: 'default', namespace: 'default' };
    await operators.createActionSet('backup-1', { name: 'backup', blueprint: 'orders', object });

    const { status } = await operators.actionSet('backup-1');
    expect(status?.actions?.[0]?.artifacts?.['dump']?.keyValue).toEqual({ rows: '7' });
    expect(dumps).toBe(1);
    expect(faults.log).toMatchObject([{ subject: 'create pods default', fault: 'reset after' }]);
  } finally {
    await operators.close();
    await rm(folder, { recursive: true });
  }
});
