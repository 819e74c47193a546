import type { ServerContext } from '../server-context.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { chooseStorageClass, protectStorage, refuseResize } from './claims.ts';
import { tolerateLostNodes } from './default-tolerations.ts';
import { taintUnreadyNode } from './node-taint.ts';
import { applyLimitRanges, refuseOutsideLimits } from './limit-range.ts';
import { refuseOutsideNamespace } from './namespace-lifecycle.ts';
import { refuseSecondDefaultPriority, resolvePriority } from './priority.ts';
import { refuseBeyondQuota } from './resource-quota.ts';
import { runAsServiceAccount } from './service-account.ts';
import { callMutatingWebhooks, callValidatingWebhooks } from './webhooks.ts';

/**
 * The mutating half of admission: fills in what the cluster's policies give a new object, in the order in which an API server asks them.
 * Answers a promise only where a webhook has to be asked; else everything is done on return.
 * @throws {StatusError} what a policy refuses
 */
export function admitMutating(context: ServerContext, request: AdmissionRequest): Promise<void> | undefined {
  refuseOutsideNamespace(context, request);
  const { definition, operation, subresource } = request;
  if (operation === 'CREATE' && subresource === undefined) {
    switch (definition.storage) {
      case 'pods':
        applyLimitRanges(context, request);
        runAsServiceAccount(context, request);
        resolvePriority(context, request);
        tolerateLostNodes(request);
        break;
      case 'nodes':
        taintUnreadyNode(request);
        break;
      case 'persistentvolumeclaims':
        chooseStorageClass(context, request);
        protectStorage(request);
        break;
      case 'persistentvolumes':
        protectStorage(request);
        break;
      default:
    }
  }
  return callMutatingWebhooks(context, request);
}

/** The validating half: asked once the object is complete and valid, last before it is stored. */
export function admitValidating(
  context: ServerContext,
  request: AdmissionRequest,
): Promise<void> | undefined {
  const { definition, operation, subresource } = request;
  const changes = operation === 'CREATE' || operation === 'UPDATE';
  if (changes && subresource === undefined) {
    switch (definition.storage) {
      case 'pods':
        if (operation === 'CREATE') refuseOutsideLimits(context, request);
        break;
      case 'persistentvolumeclaims':
        refuseOutsideLimits(context, request);
        if (operation === 'UPDATE') refuseResize(context, request);
        break;
      case 'priorityclasses.scheduling.k8s.io':
        refuseSecondDefaultPriority(context, request);
        break;
      default:
    }
  }
  const webhooks = callValidatingWebhooks(context, request);
  // Quota comes last: what is refused for another reason uses none of it.
  if (webhooks) return webhooks.then(() => (changes ? refuseBeyondQuota(context, request) : undefined));
  if (changes) refuseBeyondQuota(context, request);
  return undefined;
}

/** Both halves for a delete. */
export function admitDelete(
  context: ServerContext,
  request: Omit<AdmissionRequest, 'operation'>,
): Promise<void> | undefined {
  const whole: AdmissionRequest = { ...request, operation: 'DELETE' };
  const mutation = admitMutating(context, whole);
  return mutation ? mutation.then(() => admitValidating(context, whole)) : admitValidating(context, whole);
}
