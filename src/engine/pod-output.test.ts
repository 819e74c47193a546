import pino from 'pino';
import { expect, it } from 'vitest';
import { Mask } from './mask.ts';
import { podOutputLog } from './pod-output.ts';

it('what containers print is logged with the original’s keys, and hides secrets that two lines share', () => {
  const logged: unknown[] = [];
  const log = pino({ base: {}, timestamp: false }, { write: (line) => logged.push(JSON.parse(line)) });
  const mask = new Mask();
  mask.addCredential('correct-horse-battery');
  const podOutput = podOutputLog(log, mask);
  podOutput('job', 'container', 'with correct-hor');
  podOutput('job', 'sidecar', 'se-battery of its own');
  podOutput('job', 'container', 'se-battery: no');
  const line = { level: 30, Pod: 'job', LogKind: 'datapath', msg: 'action update' };
  expect(logged).toEqual([
    { ...line, Container: 'container', Pod_Out: 'with <masked>' },
    { ...line, Container: 'sidecar', Pod_Out: 'se-battery of its own' },
    { ...line, Container: 'container', Pod_Out: '<masked>: no' },
  ]);
});
