import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import type { Pod } from './pod.ts';
import { checkNamespace } from './pod-layers.ts';

/** The pod with what the operator's modules give to pods of KubeTask. @throws {Failure} `CredentialInjectorFailed`, or an injector's own */
export async function injectCredentials(pod: Pod, context: FunctionContext): Promise<Pod> {
  const { settings, signal } = context;
  let injected = pod;
  for (const inject of settings.podDoors?.injectors ?? []) {
    try {
      injected = await inject(injected, context);
      checkNamespace(injected, pod);
    } catch (error) {
      signal.throwIfAborted();
      throw Failure.wrap('Failed to inject credentials into the pod', error, 'CredentialInjectorFailed');
    }
  }
  return injected;
}
