import { text } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import { isNotFound } from '../../kubernetes/api-error.ts';
import type { ExecOptions, KubernetesClient, LogOptions } from '../../kubernetes/client.ts';
import { systemClock } from '../../kubernetes/clock.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { PODS } from '../../kubernetes/resources.ts';
import type { Container, Pod, PodSpec } from '../kubelet/pod.ts';

const NAMESPACE = 'default';

/** Pods of the default namespace, as tests handle them. */
export interface TestPods {
  /** Creates a pod; its containers have the image busybox unless they say otherwise. */
  create(
    name: string,
    containers: Partial<Container>[],
    spec?: Partial<PodSpec>,
    labels?: Record<string, string>,
  ): Promise<Pod>;
  /** Resolves with the pod when the condition holds. @throws {Error} with the pod's status when it has not within 15 s. */
  until(name: string, condition: (pod: Pod) => boolean): Promise<Pod>;
  untilFinished(name: string): Promise<Pod>;
  untilReady(name: string): Promise<Pod>;
  untilGone(name: string): Promise<void>;
  log(name: string, options?: LogOptions): Promise<string>;
  exec(
    name: string,
    command: string[],
    options?: Partial<ExecOptions>,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  put(type: ResourceType, name: string, content: object): Promise<KubernetesObject>;
}

export function testPods(client: KubernetesClient): TestPods {
  const get = (name: string) => client.get<Pod>(PODS, { name, namespace: NAMESPACE });
  const until: TestPods['until'] = async (name, condition) => {
    let pod = await get(name);
    for (let tried = 0; !condition(pod); tried++) {
      if (tried > 600) throw new Error(`pod ${name} is ${JSON.stringify(pod.status, null, 1)}`);
      await systemClock.sleep(25);
      pod = await get(name);
    }
    return pod;
  };
  return {
    create: (name, containers, spec = {}, labels = {}) =>
      client.create<Pod>(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: NAMESPACE, labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          ...spec,
          containers: containers.map((container) => ({ name: 'main', image: 'busybox:1.36', ...container })),
        },
      }),
    until,
    untilFinished: (name) =>
      until(name, ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed'),
    untilReady: (name) =>
      until(
        name,
        ({ status }) =>
          status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
      ),
    async untilGone(name) {
      try {
        await until(name, () => false);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
    log: async (name, options = {}) => text(await client.log({ name, namespace: NAMESPACE }, options)),
    async exec(name, command, options = {}) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const outputs = Promise.all([text(stdout), text(stderr)]);
      const { exitCode } = await client.exec(
        { name, namespace: NAMESPACE },
        { ...options, command, stdout, stderr },
      );
      stdout.end();
      stderr.end();
      const [out, err] = await outputs;
      return { exitCode, stdout: out, stderr: err };
    },
    put: (type, name, content) =>
      client.create<KubernetesObject>(type, {
        apiVersion: type.group ? `${type.group}/${type.version}` : type.version,
        kind: type.kind,
        metadata: { name, namespace: NAMESPACE },
        ...content,
      }),
  };
}
