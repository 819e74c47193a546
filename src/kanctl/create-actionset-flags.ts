import { booleanFlag, durationFlag, listFlag, mapFlag, textFlag } from './flag.ts';

/** Names and letters are the original's, down to `podannotations`; the rest is ours. */
export const createActionSetFlags = {
  action: textFlag({ short: 'a', usage: 'action of the Blueprint to execute (required without --from)' }),
  name: textFlag({
    short: 'A',
    usage: 'name of the ActionSet; made from the action, and unique, when absent',
  }),
  blueprint: textFlag({ short: 'b', usage: 'Blueprint that has the action (required without --from)' }),
  'config-maps': listFlag({ short: 'c', usage: 'ConfigMaps for its templates: ref=namespace/name,…' }),
  secrets: listFlag({ short: 's', usage: 'Secrets for its templates: ref=namespace/name,…' }),
  deployment: listFlag({ short: 'd', usage: 'Deployments to act on: namespace/name,…' }),
  statefulset: listFlag({ short: 't', usage: 'StatefulSets to act on: namespace/name,…' }),
  deploymentconfig: listFlag({
    short: 'D',
    usage: 'DeploymentConfigs (OpenShift) to act on: namespace/name,…',
  }),
  pvc: listFlag({ short: 'v', usage: 'PersistentVolumeClaims to act on: namespace/name,…' }),
  namespacetargets: listFlag({ short: 'T', usage: 'namespaces to act on: name,…' }),
  objects: listFlag({
    short: 'O',
    usage: 'other objects to act on: [group/]version/resource/namespace/name,… where resource is the plural',
  }),
  selector: textFlag({ short: 'l', usage: 'act on every object with these labels' }),
  kind: textFlag({
    short: 'k',
    initial: 'all',
    usage:
      'kind of objects that --selector finds: deployment, statefulset, deploymentconfig, pvc, namespace or all',
  }),
  'selector-namespace': textFlag({ usage: 'namespace in which --selector looks; all when absent' }),
  profile: textFlag({ short: 'p', usage: 'Profile that says where data goes: [namespace/]name' }),
  options: listFlag({ short: 'o', usage: 'options for its templates: key=value,…' }),
  from: textFlag({
    short: 'f',
    usage: 'complete ActionSet whose objects, artifacts and settings are taken over',
  }),
  labels: textFlag({ usage: 'labels of the ActionSet: key=value,…' }),
  podlabels: mapFlag({ usage: 'labels of the pods that its phases create: key=value,…' }),
  podannotations: mapFlag({ usage: 'annotations of the pods that its phases create: key=value,…' }),
  'continue-from': textFlag({
    usage:
      'failed ActionSet that is gone on with: its actions are taken over, their complete phases not run again',
  }),
  sequential: booleanFlag({
    usage: 'run the actions one after the other, each when the one before it has succeeded',
  }),
  'action-timeout': durationFlag({ usage: 'how long each action may take, such as 2h' }),
  ttl: durationFlag({ usage: 'delete the ActionSet so long after its end, such as 168h' }),
  'include-artifacts': booleanFlag({
    usage: 'delete it also when it has output artifacts, the only record of what it made',
  }),
  wait: booleanFlag({ usage: 'follow the ActionSet until it has finished, and exit 1 when it fails' }),
};
