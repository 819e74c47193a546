import { decodeObject } from '../decode-object.ts';
import { applyJsonPatch } from '../json-patch.ts';
import type { JsonPatchOperation } from '../json-patch.ts';
import { equalJson, fieldsOf, isFields, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { randomUid } from '../random-names.ts';
import type { ServerContext } from '../server-context.ts';
import { StatusError, badRequest, internalError, quote } from '../status-error.ts';
import { applySchemaDefaults } from '../structural-schema.ts';
import { admissionReview, inVersion, shown } from './admission-review.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { matchConditionsHold } from './match-conditions.ts';
import { WebhookFailure, callWebhook } from './call-webhook.ts';
import type { WebhookAnswer } from './call-webhook.ts';
import { selectWebhooks } from './webhook-selection.ts';
import type { SelectedWebhook } from './webhook-selection.ts';

const MUTATING = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
const VALIDATING = 'validatingwebhookconfigurations.admissionregistration.k8s.io';

/** Asks mutating webhooks one after the other; undefined where none wants to be asked. */
export function callMutatingWebhooks(
  context: ServerContext,
  request: AdmissionRequest,
): Promise<void> | undefined {
  const selected = selectWebhooks(context, request, MUTATING);
  return selected.length === 0 ? undefined : mutateInTurn(context, request, selected);
}

/** Asks validating webhooks all at once; undefined where none wants to be asked. */
export function callValidatingWebhooks(
  context: ServerContext,
  request: AdmissionRequest,
): Promise<void> | undefined {
  const selected = selectWebhooks(context, request, VALIDATING);
  return selected.length === 0 ? undefined : validateTogether(context, request, selected);
}

async function mutateInTurn(
  context: ServerContext,
  request: AdmissionRequest,
  selected: SelectedWebhook[],
): Promise<void> {
  let changedBy = -1;
  for (const [index, webhook] of selected.entries()) {
    if (await mutateBy(context, request, webhook)) changedBy = index;
  }
  // What a later webhook changed is shown once more to those before it that want it.
  for (const webhook of selected.slice(0, Math.max(changedBy, 0))) {
    if (webhook.webhook.reinvocationPolicy === 'IfNeeded') await mutateBy(context, request, webhook);
  }
}

/** Whether the object is another one now. */
async function mutateBy(
  context: ServerContext,
  request: AdmissionRequest,
  selected: SelectedWebhook,
): Promise<boolean> {
  const answer = await ask(context, request, selected, true);
  const { object, definition } = request;
  if (answer?.patch === undefined) return false;
  if (!object) {
    throw internalError(
      `admission webhook ${quote(selected.name)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  const before = structuredClone(object);
  let patched: unknown;
  try {
    patched = applyJsonPatch(
      structuredClone(
        shown(inVersion(object, definition, selected.definition), request.operation === 'CREATE'),
      ),
      operationsOf(answer.patch),
    );
  } catch (error) {
    throw internalError(patchFault(error));
  }
  replace(context, request, object, patched, selected);
  return !equalJson(before, object);
}

function patchFault(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.startsWith('testing value ') ? `${text}: test failed` : text;
}

function operationsOf(patch: unknown): JsonPatchOperation[] {
  if (!Array.isArray(patch) || !patch.every((operation) => isFields(operation))) {
    throw new Error('a JSON patch is a list of operations');
  }
  return patch.map((operation: Fields) => ({
    op: textOf(operation.op),
    path: textOf(operation.path),
    ...(typeof operation.from === 'string' && { from: operation.from }),
    value: operation.value,
  }));
}

/** What comes from a webhook is decoded and filled in as what comes from a client. */
function replace(
  context: ServerContext,
  { definition, options, subresource }: AdmissionRequest,
  object: Fields,
  patched: unknown,
  { definition: seenAs }: SelectedWebhook,
): void {
  let next: Fields = isFields(patched) ? patched : {};
  if (object.kind === definition.kind) {
    const decoded = decodeObject(
      patched,
      seenAs,
      {},
      {
        dryRun: options.dryRun,
        user: options.user,
        fieldValidation: 'Ignore',
        warn: options.warn,
      },
    );
    const stored = seenAs.toStorage?.(decoded) ?? { ...decoded, apiVersion: textOf(object.apiVersion) };
    if (subresource === undefined) {
      definition.applyDefaults?.(stored, context);
      if (definition.schema) applySchemaDefaults(stored, definition.schema);
    }
    // Its identity is the server's, and was not shown.
    const { uid, creationTimestamp } = fieldsOf(object.metadata);
    next = { ...stored, metadata: { ...stored.metadata, uid, creationTimestamp } };
  }
  for (const key of Object.keys(object)) delete object[key];
  Object.assign(object, next);
}

async function validateTogether(
  context: ServerContext,
  request: AdmissionRequest,
  selected: SelectedWebhook[],
): Promise<void> {
  const outcomes = await Promise.allSettled(selected.map((webhook) => ask(context, request, webhook, false)));
  const refused = outcomes.find((outcome) => outcome.status === 'rejected');
  if (refused) throw refused.reason;
}

/** Undefined where a webhook could not be asked and its policy is to go on. @throws {StatusError} where it refuses */
async function ask(
  context: ServerContext,
  request: AdmissionRequest,
  { name, webhook, definition }: SelectedWebhook,
  mutating: boolean,
): Promise<WebhookAnswer | undefined> {
  const uid = randomUid(context.random);
  const body = admissionReview(request, definition, { uid, mutating });
  if (!matchConditionsHold(webhook, body, request)) return undefined;
  const dry = webhook.sideEffects === 'None' || webhook.sideEffects === 'NoneOnDryRun';
  if (request.options.dryRun && !dry)
    throw badRequest(`admission webhook ${quote(name)} does not support dry run`);
  let answer: WebhookAnswer;
  try {
    answer = await callWebhook(context, webhook, { uid, body, mutating });
  } catch (error) {
    if (!(error instanceof WebhookFailure)) throw error;
    if (webhook.failurePolicy === 'Ignore') return undefined;
    throw internalError(error.message);
  }
  for (const warning of answer.warnings) request.options.warn(warning);
  if (!answer.allowed) throw denial(name, answer);
  return answer;
}

function denial(name: string, { result = {}, warnings }: WebhookAnswer): StatusError {
  const { code, reason, message, details } = result;
  const deniedBy = `admission webhook ${quote(name)} denied the request`;
  const explained = textOf(message) || textOf(reason);
  const number = typeof code === 'number' && code >= 400 ? code : 400;
  const refusal = new StatusError(
    number,
    textOf(reason),
    explained === '' ? `${deniedBy} without explanation` : `${deniedBy}: ${explained}`,
    isFields(details) ? details : undefined,
  );
  refusal.warnings.push(...warnings);
  return refusal;
}
