/** A Go module of `go/`, and what is built from it. */
export interface GoModule {
  /** Its folder, and the first part of the name of what was built. */
  name: string;
  /** Import paths by the name of the program. */
  programs: Record<string, string>;
  /** Values that the linker sets. */
  variables?: Record<string, string>;
  /** Other names under which the first program is called. */
  links?: string[];
  /** Folders to keep from modules that it depends on: the module's path, and the folder within. */
  keeps?: { module: string; folder: string }[];
}

export const KUBERNETES_VERSION = 'v1.34.1';

const [, MINOR = ''] = KUBERNETES_VERSION.split('.');

/** In the order of building; the largest first. */
export const GO_MODULES: GoModule[] = [
  {
    name: 'kubernetes',
    programs: { hyperkube: '.' },
    links: [
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-proxy',
      'kube-scheduler',
      'kubectl',
      'kubelet',
    ],
    // Upstream's build scripts set these; without them the version reads v0.0.0-master.
    variables: Object.fromEntries(
      ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((place) => [
        [`${place}.gitVersion`, KUBERNETES_VERSION],
        [`${place}.gitMajor`, '1'],
        [`${place}.gitMinor`, MINOR],
        [`${place}.gitTreeState`, 'clean'],
        [`${place}.gitCommit`, 'module'],
        [`${place}.buildDate`, '1970-01-01T00:00:00Z'],
      ]),
    ),
  },
  {
    name: 'csi',
    programs: {
      'folder-driver': './folder-driver',
      'snapshot-controller': 'github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller',
      'csi-snapshotter': 'github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter',
      'csi-provisioner': 'github.com/kubernetes-csi/external-provisioner/v6/cmd/csi-provisioner',
      'csi-resizer': 'github.com/kubernetes-csi/external-resizer/v2/cmd/csi-resizer',
    },
    keeps: [{ module: 'github.com/kubernetes-csi/external-snapshotter/client/v8', folder: 'config/crd' }],
  },
  { name: 'coredns', programs: { coredns: '.' } },
  { name: 'init', programs: { init: '.' } },
];
