import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatYaml } from '../../../src/kubernetes/yaml.ts';
import { DNS_SERVICE_ADDRESS, POD_RANGE } from '../free-range.ts';
import { NODE_NAME } from '../plan.ts';
import type { ClusterPlan } from '../plan.ts';
import { program } from './control-plane.ts';
import type { ClusterIdentity } from './control-plane.ts';

/** The container runtime's socket. */
export const RUNTIME_SOCKET = '/run/containerd/containerd.sock';
export const REGISTRY_PORT = 5000;
const NETWORK_PLUGINS = '/usr/lib/cni';

/** Writes the settings of containerd and its network plug-ins; its command line. */
export async function containerRuntime({ folders, path }: ClusterPlan): Promise<Record<string, string[]>> {
  const home = join(folders.run, 'containerd');
  const networks = join(home, 'networks');
  const registries = join(home, 'registries');
  await mkdir(networks, { recursive: true });
  await mkdir(join(registries, '_default'), { recursive: true });
  await writeFile(join(networks, '10-pods.conflist'), JSON.stringify(podNetwork(home)));
  const mirror = `http://127.0.0.1:${REGISTRY_PORT}`;
  // The mirror is also what stands for the registry itself: no name is ever looked for elsewhere.
  await writeFile(
    join(registries, '_default', 'hosts.toml'),
    `server = "${mirror}"\n[host."${mirror}"]\n  capabilities = ["pull", "resolve"]\n`,
  );
  const settings = join(home, 'config.toml');
  await writeFile(settings, runtimeSettings({ root: join(home, 'root'), networks, registries }));
  // The search path is for the shim and runc.
  return { containerd: ['env', `PATH=${path}`, 'containerd', '--config', settings] };
}

function podNetwork(home: string): object {
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods0',
        isDefaultGateway: true,
        ipMasq: false, // towards the machine only, by a rule of the node's
        hairpinMode: true,
        ipam: { type: 'host-local', dataDir: join(home, 'addresses'), ranges: [[{ subnet: POD_RANGE }]] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function runtimeSettings({ root, networks, registries }: Record<string, string>): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const unused = [
    'snapshotter.v1.aufs',
    'snapshotter.v1.btrfs',
    'snapshotter.v1.devmapper',
    'snapshotter.v1.zfs',
  ];
  return `version = 2
root = ${JSON.stringify(root)}
state = "/run/containerd"
disabled_plugins = ${JSON.stringify([...unused, 'internal.v1.opt', 'tracing.processor.v1.otlp'].map((name) => `io.containerd.${name}`))}
[grpc]
  address = ${JSON.stringify(RUNTIME_SOCKET)}
[${cri}]
  sandbox_image = "cluster.test/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  stream_server_address = "127.0.0.1"
[${cri}.registry]
  config_path = ${JSON.stringify(registries)}
[${cri}.cni]
  bin_dir = "${NETWORK_PLUGINS}"
  conf_dir = ${JSON.stringify(networks)}
[${cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"
[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false
`;
}

/** Where the kubelet keeps volumes, and finds plug-ins. */
export const KUBELET_HOME = '/var/lib/kubelet';

/** Writes the settings of the kubelet and kube-proxy; their command lines. */
export async function nodeAgents(
  plan: ClusterPlan,
  identity: ClusterIdentity,
): Promise<Record<string, string[]>> {
  const { folders, uplink } = plan;
  const kubelet = join(folders.run, 'kubelet.yaml');
  const proxy = join(folders.run, 'kube-proxy.yaml');
  await writeFile(kubelet, formatYaml(kubeletSettings(plan, identity)));
  await writeFile(proxy, formatYaml(proxySettings(plan, identity)));
  return {
    kubelet: [
      program(plan, 'kubelet'),
      `--config=${kubelet}`,
      `--kubeconfig=${identity.kubeconfig('kubelet')}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${uplink.node}`,
      `--root-dir=${KUBELET_HOME}`,
      '--v=2',
    ],
    'kube-proxy': [program(plan, 'kube-proxy'), `--config=${proxy}`],
  };
}

function kubeletSettings({ folders, uplink }: ClusterPlan, { file }: ClusterIdentity): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${RUNTIME_SOCKET}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: folders.controlGroup,
    failCgroupV1: false,
    failSwapOn: false,
    // Settings of the machine's kernel can't be written here: the kubelet then only says so.
    featureGates: { KubeletInUserNamespace: true },
    makeIPTablesUtilChains: false,
    address: uplink.node,
    healthzBindAddress: '127.0.0.1',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: file('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: file('kubelet.crt'),
    tlsPrivateKeyFile: file('kubelet.key'),
    clusterDNS: [DNS_SERVICE_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: '',
    enforceNodeAllocatable: [],
    localStorageCapacityIsolation: false,
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    maxPods: 110,
    serializeImagePulls: false,
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '5s',
  };
}

function proxySettings({ uplink }: ClusterPlan, identity: ClusterIdentity): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: identity.kubeconfig('proxy') },
    mode: 'iptables',
    clusterCIDR: POD_RANGE,
    hostnameOverride: NODE_NAME,
    bindAddress: uplink.node,
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    // The table of connections is the machine's: its limits stay as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { masqueradeAll: true, minSyncPeriod: '0s', syncPeriod: '30s' },
  };
}
