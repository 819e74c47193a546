import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EVENTS,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  SECRETS,
  SERVICES,
} from '../kubernetes/resources.ts';
import type { Pod } from './kubelet/pod.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { testPods, type TestPods } from './testing/pods.ts';

const script = (lines: string) => ['sh', '-c', lines];
const main = (pod: Pod) => pod.status?.containerStatuses?.[0];

describe.runIf(process.platform === 'linux')('a sandbox', () => {
  let folder: string;
  let sandbox: Sandbox;
  let pods: TestPods;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    sandbox = await startSandbox({ folder, path: process.env['PATH'] ?? '' });
    pods = testPods(sandbox.client);
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function eventsOf(pod: string): Promise<string[]> {
    const { items } = await sandbox.client.list<KubernetesObject & { reason?: string; message?: string }>(
      EVENTS,
      {
        namespace: 'default',
        fieldSelector: `involvedObject.name=${pod}`,
      },
    );
    return items.map(({ reason, message }) => `${reason}: ${message}`);
  }

  it('runs a pod to its end and tells its exit code, times, log, termination message and events', async () => {
    const command = script('echo out; echo err >&2; echo why >/dev/termination-log; exit 3');
    await pods.create('ends', [{ command }], { restartPolicy: 'Never' });
    const pod = await pods.untilFinished('ends');
    expect(pod.status?.phase).toBe('Failed');
    expect(main(pod)?.state.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'why\n' });
    expect(main(pod)?.state.terminated?.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await pods.log('ends')).toBe('out\nerr\n');
    await expect.poll(() => eventsOf('ends')).toContain('Started: Started container main');
    expect((await eventsOf('ends')).map((event) => event.split(':')[0])).toContain('Scheduled');
    const conditions = Object.fromEntries(
      (pod.status?.conditions ?? []).map(({ type, status }) => [type, status]),
    );
    expect(conditions).toMatchObject({ PodScheduled: 'True', Initialized: 'True', Ready: 'False' });
  });

  it('takes the last 4096 bytes of a termination message, however long a container makes it', async () => {
    const command = script('truncate -s 3G /dev/termination-log; printf why >>/dev/termination-log; exit 3');
    await pods.create('verbose', [{ command }], { restartPolicy: 'Never' });
    const pod = await pods.untilFinished('verbose');
    expect(main(pod)?.state.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(main(pod)?.state.terminated?.message).toBe(`${'\0'.repeat(4093)}why`);
  });

  it('says what happened to a sidecar whose files somebody has removed', async () => {
    const sidecar = { name: 'side', image: 'busybox', restartPolicy: 'Always' as const };
    const pod = await pods.create('robbed', [{ command: script('sleep 1000') }], {
      initContainers: [{ ...sidecar, command: script('until [ -e /tmp/end ]; do sleep 0.05; done') }],
    });
    await pods.untilReady('robbed');
    rmSync(join(folder, 'pods', pod.metadata?.uid ?? '', 'containers/side/0/termination-log'));
    await pods.exec('robbed', ['touch', '/tmp/end'], { container: 'side' });
    const after = await pods.until('robbed', ({ status }) =>
      Boolean(status?.initContainerStatuses?.[0]?.state.terminated),
    );
    expect(after.status?.initContainerStatuses?.[0]?.state.terminated).toMatchObject({
      reason: 'ContainerCannotRun',
      message: expect.stringContaining('ENOENT'),
    });
    await sandbox.client.delete(PODS, { name: 'robbed', namespace: 'default' });
    await pods.untilGone('robbed');
  });

  it('goes on when somebody has removed the folder of a running pod', async () => {
    const pod = await pods.create('evicted', [{ command: script('sleep 1000') }]);
    await pods.untilReady('evicted');
    rmSync(join(folder, 'pods', pod.metadata?.uid ?? ''), { recursive: true });
    // A new Service changes the names in every pod's /etc/hosts.
    await pods.put(SERVICES, 'news', { spec: { selector: { app: 'none' }, ports: [{ port: 8080 }] } });
    await pods.create('next', [{ command: script('grep -o news /etc/hosts | head -1') }], {
      restartPolicy: 'Never',
    });
    expect((await pods.untilFinished('next')).status?.phase).toBe('Succeeded');
    expect(await pods.log('next')).toBe('news\n');
    await sandbox.client.delete(PODS, { name: 'evicted', namespace: 'default' });
    await pods.untilGone('evicted');
  });

  it('gives a pod that succeeds the phase Succeeded', async () => {
    await pods.create('succeeds', [{ command: ['true'] }], { restartPolicy: 'OnFailure' });
    expect((await pods.untilFinished('succeeds')).status?.phase).toBe('Succeeded');
  });

  it('says that a program is not in the image', async () => {
    await pods.create('no-program', [{ command: ['no-such-program'] }], { restartPolicy: 'Never' });
    const state = main(await pods.untilFinished('no-program'))?.state.terminated;
    expect(state).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(state?.message).toContain('exec: "no-such-program": executable file not found in $PATH');
  });

  it('mounts volumes at paths that the machine does not have, without making them there', async () => {
    await pods.put(CONFIG_MAPS, 'settings', { data: { 'a.conf': 'configured' } });
    await pods.put(SECRETS, 'login', { stringData: { password: 'letmein' } });
    await pods.put(PERSISTENT_VOLUME_CLAIMS, 'data', {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const command = script(
      `cat /sandbox-test/etc/a.conf /var/lib/sandbox-test/secret/password /etc/info/labels
       echo kept >/sandbox-test/data/file; echo x >/sandbox-test/data/sub/made
       touch /sandbox-test/etc/no; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; echo; echo w >/etc/written && cat /etc/written`,
    );
    const mounts = [
      { name: 'config', mountPath: '/sandbox-test/etc' },
      { name: 'secret', mountPath: '/var/lib/sandbox-test/secret' },
      { name: 'claim', mountPath: '/sandbox-test/data' },
      { name: 'scratch', mountPath: '/sandbox-test/data/sub', subPath: 'below' },
      { name: 'info', mountPath: '/etc/info' },
    ];
    const volumes = [
      { name: 'config', configMap: { name: 'settings' } },
      { name: 'secret', secret: { secretName: 'login' } },
      { name: 'claim', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'scratch', emptyDir: {} },
      {
        name: 'info',
        projected: {
          sources: [
            { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          ],
        },
      },
    ];
    await pods.create(
      'mounts',
      [{ command, volumeMounts: mounts }],
      { restartPolicy: 'Never', volumes },
      { app: 'x' },
    );
    expect((await pods.untilFinished('mounts')).status?.phase).toBe('Succeeded');
    const log = await pods.log('mounts');
    expect(log).toContain('configuredletmeinapp="x"');
    expect(log).toContain('Read-only file system');
    expect(log).toContain('default\nw\n');
    for (const path of ['/sandbox-test', '/var/lib/sandbox-test', '/etc/written', '/etc/info'])
      expect(existsSync(path)).toBe(false);

    const readBack = {
      command: ['cat', '/data/file'],
      volumeMounts: [{ name: 'claim', mountPath: '/data' }],
    };
    await pods.create('reads', [readBack], { restartPolicy: 'Never', volumes: volumes.slice(2, 3) });
    await pods.untilFinished('reads');
    expect(await pods.log('reads')).toBe('kept\n');
  });

  it('shows nothing of what a container wrote anywhere in its root to another', async () => {
    const places = '/written /tmp/written /run/written /etc/written /dev/written';
    const command = script(`ls ${places} 2>/dev/null; touch ${places} && ls ${places}; rmdir /run/lock`);
    await pods.create('writes-root', [{ command }], { restartPolicy: 'Never' });
    await pods.untilFinished('writes-root');
    const written = '/dev/written\n/etc/written\n/run/written\n/tmp/written\n/written\n';
    expect(await pods.log('writes-root')).toBe(written);
    await pods.create('looks', [{ command: script(`ls ${places} 2>/dev/null; ls /run`) }], {
      restartPolicy: 'Never',
    });
    await pods.untilFinished('looks');
    expect((await pods.log('looks')).split('\n')).toContain('lock');
    expect(await pods.log('looks')).not.toContain('written');
  });

  it('builds the environment as a kubelet does', async () => {
    await pods.put(SECRETS, 'keys', { stringData: { KEY: 'k1', 'not-a-name': 'x' } });
    const env = [
      { name: 'FROM_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'KEY' } } },
      { name: 'COMPOSED', value: '<$(FROM_KEY) $$(FROM_KEY) $(UNSET)>' },
      { name: 'ME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'OPTIONAL', valueFrom: { configMapKeyRef: { name: 'absent', key: 'k', optional: true } } },
    ];
    const args = [
      '-c',
      'echo $COMPOSED $ME $CPUS $P_KEY ${OPTIONAL-unset} $(ME) $HOSTNAME; pwd; [ "$POD_IP" ]',
    ];
    const container = {
      command: ['sh'],
      args,
      env,
      envFrom: [{ prefix: 'P_', secretRef: { name: 'keys' } }],
    };
    await pods.create(
      'environment',
      [{ ...container, workingDir: '/some/where', resources: { limits: { cpu: '1500m' } } }],
      {
        restartPolicy: 'Never',
      },
    );
    expect((await pods.untilFinished('environment')).status?.phase).toBe('Succeeded');
    expect(await pods.log('environment')).toBe(
      '<k1 $(FROM_KEY) $(UNSET)> environment 2 k1 unset environment environment\n/some/where\n',
    );
  });

  it('waits for a Secret that is missing, saying so, and goes on when it is there', async () => {
    const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'late', key: 'a' } } }];
    await pods.create('waits', [{ command: script('echo $A'), env }], { restartPolicy: 'Never' });
    const pod = await pods.until(
      'waits',
      (each) => main(each)?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(main(pod)?.state.waiting?.message).toBe('secret "late" not found');
    await pods.put(SECRETS, 'late', { stringData: { a: 'at last' } });
    await pods.untilFinished('waits');
    expect(await pods.log('waits')).toBe('at last\n');
  });

  it('refuses an unknown image until it is added', async () => {
    await pods.create('unknown-image', [{ image: 'example.com/x/unheard-of:1', args: ['hello'] }], {
      restartPolicy: 'Never',
    });
    const pod = await pods.until('unknown-image', (each) =>
      /ImagePullBackOff/.test(main(each)?.state.waiting?.reason ?? ''),
    );
    expect(main(pod)?.state.waiting?.message).toContain(
      'Back-off pulling image "example.com/x/unheard-of:1": ErrImagePull: ',
    );
    expect(pod.status?.phase).toBe('Pending');
    sandbox.addImage({ name: 'unheard-of', entrypoint: ['echo', 'says'] });
    await pods.untilFinished('unknown-image');
    expect(await pods.log('unknown-image')).toBe('says hello\n');
  });

  it('runs init containers in order before the others', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
    const init = (name: string) => ({
      name,
      image: 'busybox',
      command: script(`echo ${name} >>/shared/order`),
      volumeMounts,
    });
    await pods.create('initialised', [{ command: ['cat', '/shared/order'], volumeMounts }], {
      restartPolicy: 'Never',
      initContainers: [init('first'), init('second')],
      volumes: [{ name: 'shared', emptyDir: {} }],
    });
    await pods.untilFinished('initialised');
    expect(await pods.log('initialised')).toBe('first\nsecond\n');
    expect(await pods.log('initialised', { container: 'first' })).toBe('');
  });

  it('restarts a container at once, then backs off, and keeps the previous log', async () => {
    const volumeMounts = [{ name: 'count', mountPath: '/count' }];
    await pods.create(
      'restarts',
      [{ command: script('echo run >>/count/n; wc -l </count/n; exit 1'), volumeMounts }],
      {
        volumes: [{ name: 'count', emptyDir: {} }],
      },
    );
    const pod = await pods.until(
      'restarts',
      (each) => main(each)?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(main(pod)).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } });
    expect(main(pod)?.state.waiting?.message).toMatch(
      /^back-off 10s restarting failed container=main pod=restarts_default\(/,
    );
    expect(pod.status?.phase).toBe('Running');
    expect(await pods.log('restarts')).toBe('2\n');
    expect(await pods.log('restarts', { previous: true })).toBe('1\n');
    await sandbox.client.delete(PODS, { name: 'restarts', namespace: 'default' });
    await pods.untilGone('restarts');
  });

  it('streams a command in a container: stdin, both outputs, exit code', async () => {
    await pods.create(
      'shell',
      [{ command: ['sleep', '1000'], env: [{ name: 'GREETING', value: 'hello' }] }],
      {},
      { app: 'shell' },
    );
    await pods.untilReady('shell');
    const stdin = Readable.from([Buffer.alloc(3_000_000, 'x')]);
    const result = await pods.exec('shell', script('echo $GREETING >&2; wc -c; exit 7'), { stdin });
    expect(result).toEqual({ exitCode: 7, stdout: '3000000\n', stderr: 'hello\n' });
    const { stdout } = await pods.exec('shell', script('cat /proc/1/cmdline'));
    expect(stdout).toBe('sleep\x001000\x00');
    await expect(pods.exec('shell', ['no-such-program'])).rejects.toThrow(
      /"no-such-program": executable file not found/,
    );
    const terminal = await pods.exec('shell', ['tty'], { tty: true, stdin: Readable.from([]) });
    expect(terminal.stdout).toContain('/dev/pts/0');
  });

  it('ends a pod by SIGTERM, and after its grace period with everything that it started', async () => {
    await pods.create(
      'polite',
      [
        {
          command: script(
            'trap "echo bye >/note/word; exit 0" TERM; echo trapped; while :; do sleep 0.05; done',
          ),
          volumeMounts: [{ name: 'note', mountPath: '/note' }],
        },
      ],
      {
        volumes: [{ name: 'note', hostPath: { path: folder } }],
      },
    );
    await pods.untilReady('polite');
    await expect.poll(() => pods.log('polite')).toBe('trapped\n');
    await sandbox.client.delete(PODS, { name: 'polite', namespace: 'default' });
    await pods.untilGone('polite');
    expect(existsSync(join(folder, 'word'))).toBe(true);

    await pods.create(
      'stubborn',
      [
        {
          command: script(
            'setsid sh -c "while :; do touch /note/alive; sleep 0.05; done" & trap "" TERM; while :; do sleep 0.05; done',
          ),
          volumeMounts: [{ name: 'note', mountPath: '/note' }],
        },
      ],
      {
        volumes: [{ name: 'note', hostPath: { path: folder } }],
      },
    );
    await pods.untilReady('stubborn');
    await expect.poll(() => existsSync(join(folder, 'alive'))).toBe(true);
    await sandbox.client.delete(PODS, { name: 'stubborn', namespace: 'default' });
    await pods.untilGone('stubborn');
    rmSync(join(folder, 'alive'));
    await systemClock.sleep(150);
    expect(existsSync(join(folder, 'alive'))).toBe(false);
  });

  it('lets a pod go that waits for a volume, and gives its name to the next', async () => {
    const volumes = [{ name: 'absent', configMap: { name: 'never-there' } }];
    await pods.create('stuck', [{ command: ['true'], volumeMounts: [{ name: 'absent', mountPath: '/x' }] }], {
      volumes,
    });
    await expect
      .poll(() => eventsOf('stuck'))
      .toContain(
        'FailedMount: MountVolume.SetUp failed for volume "absent" : configmap "never-there" not found',
      );
    await sandbox.client.delete(PODS, { name: 'stuck', namespace: 'default' });
    await pods.untilGone('stuck');
    await pods.create('stuck', [{ command: ['echo', 'again'] }], { restartPolicy: 'Never' });
    await pods.untilFinished('stuck');
    expect(await pods.log('stuck')).toBe('again\n');
  });

  it('ends a pod whose time is up', async () => {
    await pods.create('overdue', [{ command: ['sleep', '1000'] }], { activeDeadlineSeconds: 1 });
    const pod = await pods.untilFinished('overdue');
    expect(pod.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    await pods.until('overdue', (each) => main(each)?.state.terminated?.exitCode === 137);
  });

  it('runs preStop before the end', async () => {
    await pods.create(
      'pre-stop',
      [
        {
          command: ['sleep', '1000'],
          lifecycle: { preStop: { exec: { command: script('echo stopping >/note/stop') } } },
          volumeMounts: [{ name: 'note', mountPath: '/note' }],
        },
      ],
      {
        volumes: [{ name: 'note', hostPath: { path: folder } }],
      },
    );
    await pods.untilReady('pre-stop');
    await sandbox.client.delete(PODS, { name: 'pre-stop', namespace: 'default' });
    await pods.untilGone('pre-stop');
    expect(existsSync(join(folder, 'stop'))).toBe(true);
  });

  it('serves logs with times that continue where a reader left off', async () => {
    await pods.create('writes', [
      { command: script('for i in 1 2 3 4; do echo line $i; done; sleep 0.1; echo last; sleep 1000') },
    ]);
    await pods.untilReady('writes');
    await expect.poll(() => pods.log('writes')).toContain('last');
    const stamped = (await pods.log('writes', { timestamps: true })).trimEnd().split('\n');
    const times = stamped.map((line) => line.split(' ')[0] ?? '');
    expect(times).toEqual([...new Set(times)].toSorted());
    expect(stamped.map((line) => line.split(' ').slice(1).join(' '))).toEqual([
      'line 1',
      'line 2',
      'line 3',
      'line 4',
      'last',
    ]);
    const rest = await pods.log('writes', { timestamps: true, sinceTime: times[2] ?? '' });
    expect(rest.trimEnd().split('\n')).toEqual(stamped.slice(2));
    expect(await pods.log('writes', { tailLines: 2 })).toBe('line 4\nlast\n');
    expect(await pods.log('writes', { limitBytes: 6 })).toBe('line 1');

    const following = await sandbox.client.log(
      { name: 'writes', namespace: 'default' },
      { follow: true, tailLines: 1 },
    );
    const followed = text(following);
    await pods.exec('writes', script('echo more >>/proc/1/fd/1'));
    await sandbox.client.delete(PODS, { name: 'writes', namespace: 'default' });
    expect(await followed).toBe('last\nmore\n');
    await pods.untilGone('writes');
  });

  it('goes on with a log that its container has emptied', async () => {
    await pods.create('empties', [
      { command: script('echo a long first line; sleep 0.2; echo new >/proc/1/fd/1; exec sleep 1000') },
    ]);
    await expect.poll(() => pods.log('empties').catch(() => '')).toBe('new\n');
    expect(await pods.log('empties', { timestamps: true })).toMatch(/^\d{4}-\S+Z new\n$/);
  });

  it('lets pods find each other by the names of services, and forwards to those that are ready', async () => {
    const server = `const {createServer}=require('node:http');createServer((q,r)=>r.end('from '+process.env.HOSTNAME)).listen(8080,process.env.POD_IP)`;
    const container = {
      image: 'docker.io/library/node:24',
      command: ['node', '-e', server],
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
    };
    await pods.create('web', [container], { hostname: 'web-0', subdomain: 'heads' }, { app: 'web' });
    await pods.put(SERVICES, 'front', {
      spec: { selector: { app: 'web' }, ports: [{ port: 18080, targetPort: 'http' }] },
    });
    await pods.put(SERVICES, 'heads', {
      spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ port: 8080 }] },
    });
    await pods.untilReady('web');
    const client = {
      image: 'node',
      command: ['node', '-e', `fetch('http://'+process.argv[1]+'/').then((r)=>r.text()).then(console.log)`],
    };
    await expect
      .poll(() => pods.exec('shell', ['cat', '/etc/hosts']).then(({ stdout }) => stdout))
      .toMatch(/web-0\.heads\.default/);
    for (const [index, host] of [
      'front:18080',
      'front.default.svc.cluster.local:18080',
      'heads:8080',
      'web-0.heads.default.svc:8080',
    ].entries()) {
      await pods.create(`asks-${index}`, [{ ...client, command: [...client.command, host] }], {
        restartPolicy: 'OnFailure',
      });
      await pods.untilFinished(`asks-${index}`);
      expect(await pods.log(`asks-${index}`)).toBe('from web-0\n');
    }
  });

  it('takes a pod whose readiness probe fails out of its service', async () => {
    const readinessProbe = {
      exec: { command: ['test', '-e', '/tmp/ready'] },
      periodSeconds: 1,
      failureThreshold: 1,
    };
    await pods.create('probed', [{ command: ['sleep', '1000'], readinessProbe }]);
    const pod = await pods.until('probed', (each) => main(each)?.started === true);
    expect(main(pod)?.ready).toBe(false);
    await pods.exec('probed', ['touch', '/tmp/ready']);
    await pods.untilReady('probed');
    await pods.exec('probed', ['rm', '/tmp/ready']);
    await pods.until('probed', (each) => main(each)?.ready === false);
  });

  it('restarts a container whose liveness probe fails', async () => {
    const livenessProbe = {
      exec: { command: ['test', '!', '-e', '/tmp/trapped'] },
      periodSeconds: 1,
      failureThreshold: 1,
    };
    await pods.create('unwell', [
      {
        command: script('trap "exit 9" TERM; touch /tmp/trapped; while :; do sleep 0.05; done'),
        livenessProbe,
      },
    ]);
    const pod = await pods.until('unwell', (each) => (main(each)?.restartCount ?? 0) > 0);
    expect(main(pod)?.lastState.terminated?.exitCode).toBe(9);
    await sandbox.client.delete(PODS, { name: 'unwell', namespace: 'default' }, { gracePeriodSeconds: 0 });
  });

  it('runs a Deployment, whose pods reach the API with their service account', async () => {
    // Only root's services can listen on the port that the name stands for.
    const host =
      process.getuid?.() === 0
        ? 'kubernetes.default.svc'
        : '$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT';
    const url = `https://${host}/api/v1/namespaces/default`;
    const at = '/var/run/secrets/kubernetes.io/serviceaccount';
    const ask = `const {request}=require('node:https'),{readFileSync:f}=require('node:fs');request(process.argv[1],{ca:f('${at}/ca.crt'),headers:{authorization:'Bearer '+f('${at}/token')}},(r)=>{console.log(r.statusCode);r.resume()}).end()`;
    const template = {
      metadata: { labels: { app: 'asker' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: 'node',
            command: ['sh', '-c', `node -e "${ask}" "${url}"; exec sleep 1000`],
          },
        ],
      },
    };
    await pods.put(DEPLOYMENTS, 'asker', {
      spec: { replicas: 2, selector: { matchLabels: { app: 'asker' } }, template },
    });
    const list = () => sandbox.client.list<Pod>(PODS, { namespace: 'default', labelSelector: 'app=asker' });
    await expect
      .poll(async () => (await list()).items.filter((pod) => main(pod)?.ready).length, { timeout: 15_000 })
      .toBe(2);
    const [first] = (await list()).items;
    await expect.poll(() => pods.log(first?.metadata?.name ?? ''), { timeout: 10_000 }).toBe('200\n');
    await sandbox.client.delete(DEPLOYMENTS, { name: 'asker', namespace: 'default' });
    await expect.poll(async () => (await list()).items.length, { timeout: 15_000 }).toBe(0);
  });

  it('serves its API over TLS to the holder of its kubeconfig only', async () => {
    const { clusters, users } = JSON.parse(sandbox.kubeconfigText);
    const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64');
    const ask = (authorization: string) =>
      new Promise<number>((resolve, reject) => {
        const path = `${sandbox.url}/api/v1/namespaces`;
        request(path, { ca, agent: false, headers: { authorization } }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .once('error', reject)
          .end();
      });
    expect(await ask(`Bearer ${users[0].user.token}`)).toBe(200);
    expect(await ask('Bearer guessed')).toBe(401);
    expect(statSync(sandbox.kubeconfig).mode & 0o777).toBe(0o600);
  });

  it('runs beside another sandbox, and leaves no process, port or pod folder when it stops', async () => {
    const other = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const second = await startSandbox({ folder: other });
    expect(new URL(second.url).hostname).not.toBe(new URL(sandbox.url).hostname);
    const its = testPods(second.client);
    await its.create('lives', [{ command: script(`exec sleep 98765`) }], {
      terminationGracePeriodSeconds: 600,
    });
    await its.untilReady('lives');
    await expect.poll(commandLines).toContain(LONG_SLEEP);
    await second.stop();
    const { hostname, port } = new URL(second.url);
    await expect(connected(hostname, Number(port))).rejects.toThrow(/ECONNREFUSED/);
    expect(commandLines()).not.toContain(LONG_SLEEP);
    expect(readdirSync(other)).toEqual(['s3']);
    rmSync(other, { recursive: true });
  });
});

const LONG_SLEEP = 'sleep\x0098765\x00';

/** Of all processes of the machine. */
function commandLines(): string[] {
  return globSync('/proc/[0-9]*/cmdline').map((file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return ''; // it has just ended
    }
  });
}

function connected(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
