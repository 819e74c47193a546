import { expect, it } from 'vitest';
import { createLog } from './log.ts';
import { readSettings } from './settings.ts';

const logged = (env: Record<string, string>) => {
  const lines: unknown[] = [];
  const settings = readSettings([], env, '1.2.3');
  return { lines, ...createLog(settings, (line) => lines.push(JSON.parse(line))) };
};

it('a line of the log is JSON with the original’s keys, those of its environment included', () => {
  const { log, lines } = logged({ HOSTNAME: 'node-1', SERVICE_NAME: 'kanister', VERSION: '9.9' });
  log.warn({ error: 'no answer', ActionSet: 'as', Phase: 'one' }, 'trying again');
  expect(lines).toEqual([
    {
      level: 'warning',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      hostname: 'node-1',
      service_name: 'kanister',
      cluster_name: 'kanister',
      version: '9.9',
      error: 'no answer',
      ActionSet: 'as',
      Phase: 'one',
      msg: 'trying again',
    },
  ]);
});

it.each([
  ['debug', ['debug', 'info', 'error']],
  ['WARNING', ['error']],
  ['panic', []],
  ['nonsense', ['info', 'error']],
])('has the lines that LOG_LEVEL %s wants', (level, levels) => {
  const { log, lines } = logged({ LOG_LEVEL: level });
  log.debug('a');
  log.info('a');
  log.error('a');
  expect(lines).toMatchObject(levels.map((each) => ({ level: each })));
  expect(lines).toHaveLength(levels.length);
});
