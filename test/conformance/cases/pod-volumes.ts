import { podCase, sh } from '../pod-of-case.ts';

const memory = (sizeLimit?: string) => ({
  name: 'm',
  emptyDir: { medium: 'Memory', ...(sizeLimit !== undefined && { sizeLimit }) },
});
const volumeMounts = [{ name: 'm', mountPath: '/m' }];
/** Kubelets on newer kernels also say `noswap`. */
const mountOf = (path: string) => `grep ' ${path} ' /proc/mounts | sed 's/,noswap//'`;

podCase('volumes-memory', 'one with a size', {
  spec: {
    volumes: [memory('1Mi')],
    containers: [
      {
        name: 'main',
        command: sh(`${mountOf('/m')}; stat -c '%A %u %g' /m; echo x >/m/f; cat /m/f`),
        volumeMounts,
      },
    ],
  },
});
podCase('volumes-memory', 'one that is full', {
  spec: {
    volumes: [memory('64Ki')],
    containers: [
      {
        name: 'main',
        command: sh('head -c 100000 /dev/zero >/m/f && exit 0; wc -c </m/f; mkdir /m/d && exit 28'),
        volumeMounts,
      },
    ],
  },
  see: ['states'],
  error: true,
});
podCase('volumes-memory', 'its size is no larger than the memory of its pod', {
  spec: {
    volumes: [memory('10Gi')],
    containers: [
      { name: 'main', resources: { limits: { memory: '64Mi' } }, command: sh(mountOf('/m')), volumeMounts },
    ],
  },
});
podCase('volumes-memory', 'containers share it, also by its parts, and it outlives them', {
  spec: {
    restartPolicy: 'OnFailure',
    volumes: [memory('1Mi')],
    initContainers: [
      { name: 'i', command: sh('mkdir /m/part; echo init >/m/part/f'), volumeMounts },
      {
        name: 'part',
        command: sh('cat /p/f; echo part >>/p/f'),
        volumeMounts: [{ name: 'm', mountPath: '/p', subPath: 'part' }],
      },
    ],
    containers: [
      {
        name: 'main',
        command: sh('cat /m/part/f; [ -e /m/again ] && exit 0; touch /m/again; exit 1'),
        volumeMounts,
      },
    ],
  },
  // A kubelet may have forgotten the first run by then.
  see: ['logs'],
});

const owned = { fsGroup: 4321, runAsUser: 1234 };
podCase('fs-group', 'an empty folder', {
  spec: {
    securityContext: owned,
    volumes: [{ name: 'm', emptyDir: {} }],
    containers: [
      {
        name: 'main',
        command: sh("stat -c '%u %g %A' /m; mkdir /m/d; stat -c '%u %g %A' /m/d; id"),
        volumeMounts,
      },
    ],
  },
});
podCase('fs-group', 'an empty folder in memory', {
  spec: {
    securityContext: owned,
    volumes: [memory()],
    containers: [
      { name: 'main', command: sh("stat -c '%u %g %A' /m; touch /m/f; stat -c '%u %g' /m/f"), volumeMounts },
    ],
  },
});
podCase('fs-group', 'who is in none cannot write where only a group may', {
  spec: {
    securityContext: { runAsUser: 1234 },
    volumes: [{ name: 'm', emptyDir: {} }],
    initContainers: [
      {
        name: 'i',
        securityContext: { runAsUser: 0 },
        command: sh('chmod 770 /m; chgrp 4321 /m'),
        volumeMounts,
      },
    ],
    containers: [{ name: 'main', command: sh('touch /m/f || exit 13'), volumeMounts }],
  },
  see: ['states'],
  error: true,
});
podCase('fs-group', 'files of a ConfigMap', {
  needs: [['configmaps', { kind: 'ConfigMap', metadata: { name: 'c' }, data: { k: 'v' } }]],
  spec: {
    securityContext: owned,
    volumes: [{ name: 'm', configMap: { name: 'c', defaultMode: 0o600 } }],
    containers: [{ name: 'main', command: sh("stat -L -c '%u %g %A' /m/k; cat /m/k; id"), volumeMounts }],
  },
});
