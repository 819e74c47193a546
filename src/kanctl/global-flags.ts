import { booleanFlag, textFlag } from './flag.ts';

/** Flags of every command. */
export const globalFlags = {
  namespace: textFlag({ short: 'n', usage: "namespace to work in, instead of the kubeconfig context's" }),
  verbose: booleanFlag({ usage: 'say more about errors' }),
  kubeconfig: textFlag({ usage: 'kubeconfig file to use, instead of $KUBECONFIG or ~/.kube/config' }),
  context: textFlag({ usage: 'context of the kubeconfig to use, instead of its current one' }),
};

/** Flags of all `create` commands. */
export const createFlags = {
  'dry-run': booleanFlag({ usage: 'print the YAML of what would be created, and create nothing' }),
  'skip-validation': booleanFlag({ usage: 'create without validating first' }),
};
