import { describe, expect, it } from 'vitest';
import { podRow } from './pod-row.ts';
import type { ApiObject } from './resource-definition.ts';

const NOW = new Date('2026-01-01T01:00:00Z');

const pod = (status: object, spec: object = {}, metadata: object = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', ...metadata },
  spec: { containers: [{ name: 'c' }], ...spec },
  status: { phase: 'Running', ...status },
});

const running = { name: 'c', ready: true, restartCount: 0, state: { running: {} } };

describe('the row of a pod', () => {
  it('counts what is ready', () => {
    expect(podRow(pod({ containerStatuses: [running] }), NOW)).toEqual({
      ready: '1/1',
      status: 'Running',
      restarts: '0',
    });
  });

  it('says how long ago a container was restarted', () => {
    const lastState = { terminated: { finishedAt: '2026-01-01T00:58:00Z' } };
    const again = { ...running, restartCount: 3, lastState };
    expect(podRow(pod({ containerStatuses: [again] }), NOW).restarts).toBe('3 (2m ago)');
  });

  it('says which init container it has come to', () => {
    const spec = { initContainers: [{ name: 'i' }, { name: 'j' }] };
    const done = { name: 'i', state: { terminated: { exitCode: 0 } } };
    const waits = { name: 'j', state: { waiting: { reason: 'PodInitializing' } } };
    expect(podRow(pod({ initContainerStatuses: [done, waits] }, spec), NOW).status).toBe('Init:1/2');
    const failed = { name: 'j', state: { terminated: { exitCode: 2, reason: 'Error' } } };
    expect(podRow(pod({ initContainerStatuses: [done, failed] }, spec), NOW).status).toBe('Init:Error');
  });

  it('shows the reason that a container waits, its exit, and an end that is under way', () => {
    const waits = { ...running, ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } };
    expect(podRow(pod({ containerStatuses: [waits] }), NOW).status).toBe('CrashLoopBackOff');
    const ended = { ...running, ready: false, state: { terminated: { exitCode: 3 } } };
    expect(podRow(pod({ containerStatuses: [ended] }), NOW).status).toBe('ExitCode:3');
    expect(podRow(pod({}, {}, { deletionTimestamp: '2026-01-01T00:59:00Z' }), NOW).status).toBe(
      'Terminating',
    );
  });
});
