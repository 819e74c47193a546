import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPhase, createTestCluster, type TestCluster } from '../../test/pods/phase.ts';
import { decodeArguments } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import type { JsonObject, KubernetesObject } from '../kubernetes/objects.ts';
import { CONFIG_MAPS, PODS } from '../kubernetes/resources.ts';
import type { Pod } from '../pods/pod.ts';
import { wait } from './wait.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

const namespace = { apiVersion: 'v1', resource: 'namespaces', name: 'app' };
const run = async (args: JsonObject) => {
  const phase = createPhase({ client: cluster.client });
  const decoded = decodeArguments(wait.args, { timeout: '2s', ...args });
  return { ...phase, result: (async () => wait.run(decoded, phase.context))() };
};
const failed = async (args: JsonObject) => {
  const { result } = await run(args);
  const error: unknown = await result.catch((reason: unknown) => reason);
  if (error instanceof Failure) return error;
  throw new Error(`no failure: ${String(error)}`);
};

describe('Wait', () => {
  const isPhase = (phase: string) => ({
    condition: `{{ if (eq "{ $.status.phase }" "${phase}")}}true{{ else }}false{{ end }}`,
    objectReference: namespace,
  });

  it('runs the example of its documentation: any of them ends it, all of them never come', async () => {
    await (
      await run({ conditions: { anyOf: [isPhase('Invalid'), isPhase('Active')] } })
    ).result;
    const { reason, message } = await failed({
      conditions: { allOf: [isPhase('Invalid'), isPhase('Active')] },
    });
    expect(reason).toBe('ConditionNotMet');
    expect(message).toBe(
      'conditions.allOf[0]: not true for namespaces "app": ' +
        'Failed to wait for the condition to be met: Context done while polling: context deadline exceeded',
    );
  });

  it('takes a path unquoted inside a template, and is over when the pod becomes ready', async () => {
    await cluster.client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'db', namespace: 'app' },
      spec: { containers: [{ name: 'main', image: 'postgres' }] },
    });
    const objectReference = { apiVersion: 'v1', resource: 'pods', name: 'db', namespace: 'app' };
    const condition = '{{ if { $.status.containerStatuses[].ready } }}true{{ else }}false{{ end }}';
    const { result, warnings } = await run({
      timeout: '120s',
      conditions: { anyOf: [{ condition, objectReference }] },
    });
    await cluster.bind();
    for (const ready of [false, true]) {
      const body = { status: { phase: 'Running', containerStatuses: [{ name: 'main', ready }] } };
      await cluster.client.patch(
        PODS,
        { name: 'db', namespace: 'app' },
        { type: 'merge', body },
        { subresource: 'status' },
      );
    }
    expect(await result).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('says why a condition that the values make no template of does not hold', async () => {
    const condition = '{{ if eq { $.status.phase } "Active" }}true{{ end }}';
    const { message } = await failed({ conditions: { anyOf: [{ condition, objectReference: namespace }] } });
    expect(message).toContain(
      'conditions.anyOf[0]: template: config:1: function "Active" not defined, for namespaces "app"',
    );
  });

  it('does not follow a path that stands in a value', async () => {
    const data = { other: 'x', path: '{ $.data.other }' };
    await cluster.client.create<KubernetesObject & { data: object }>(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'flag', namespace: 'app' },
      data,
    });
    const objectReference = { apiVersion: 'v1', resource: 'configmaps', name: 'flag', namespace: 'app' };
    const condition = '{{ eq "{ $.data.path }" (printf "{ %s.data.other }" "$") }}';
    const { result } = await run({ conditions: { anyOf: [{ condition, objectReference }] } });
    expect(await result).toBeUndefined();
  });

  it.each([
    ['{{ if eq }}true', 'template: config:1: unexpected EOF'],
    ['{{ eq "{ $.status.phase[ }" "" }}', 'error parsing jsonpath {.status.phase[}, unterminated array'],
  ])('ends at once with a condition that never parses: %s', async (condition, why) => {
    const conditions = { anyOf: [{ condition, objectReference: namespace }] };
    expect((await failed({ conditions })).message).toContain(why);
    expect(() => wait.validate?.({ conditions })).toThrow(why);
  });

  it('warns of a condition that asks nothing of its object', async () => {
    const { result, warnings } = await run({
      conditions: { anyOf: [{ condition: '{{ true }}', objectReference: namespace }] },
    });
    await result;
    expect(warnings).toEqual([
      expect.stringContaining('VacuousCondition: conditions.anyOf[0]: true even for'),
    ]);
  });

  it('warns of a condition that holds for whatever its path finds, because it stands in quotes', async () => {
    const condition = '{{ if "{ $.status.phase }" }}true{{ else }}false{{ end }}';
    const { result, warnings } = await run({
      conditions: { anyOf: [isPhase('Invalid')], allOf: [{ condition, objectReference: namespace }] },
    });
    await result;
    expect(warnings).toEqual([
      expect.stringMatching(/^VacuousCondition: conditions\.allOf\[0\]: true for whatever its paths find/),
    ]);
  });
});
