import { request as httpsRequest } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { fieldsOf, isFields, listOf, printable, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import type { ServerContext } from '../server-context.ts';
import { quote } from '../status-error.ts';

/** A webhook that could not be asked, or answered nothing that counts: what its `failurePolicy` is about. */
export class WebhookFailure extends Error {
  constructor(webhook: string, reason: string) {
    super(`failed calling webhook ${quote(webhook)}: ${reason}`);
    this.name = 'WebhookFailure';
  }
}

export interface WebhookAnswer {
  allowed: boolean;
  /** A JSON patch, absent where nothing is to change. */
  patch?: unknown;
  result?: Fields;
  warnings: string[];
}

/** Asks one webhook. @throws {WebhookFailure} */
export async function callWebhook(
  context: ServerContext,
  webhook: Fields,
  review: { uid: string; body: object; mutating: boolean },
): Promise<WebhookAnswer> {
  const name = textOf(webhook.name);
  const reply = await send(context, name, webhook, review.body);
  try {
    return readAnswer(reply, review);
  } catch (error) {
    throw new WebhookFailure(
      name,
      `received invalid webhook response: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function send(context: ServerContext, name: string, webhook: Fields, body: object): Promise<string> {
  const config = fieldsOf(webhook.clientConfig);
  const seconds = typeof webhook.timeoutSeconds === 'number' ? webhook.timeoutSeconds : 10;
  const target = targetOf(context, name, config);
  const shown = `Post ${quote(`${target.shownUrl}?timeout=${seconds}s`)}`;
  const failed = (why: string) => new WebhookFailure(name, `failed to call webhook: ${why}`);
  const signal = AbortSignal.any([AbortSignal.timeout(seconds * 1000), context.stopped]);
  let response: IncomingMessage;
  try {
    response = await post(target, seconds, textOf(config.caBundle), JSON.stringify(body), signal);
    const answer = await readText(response);
    if (response.statusCode !== 200) throw failed(refusalText(response, answer));
    return answer;
  } catch (error) {
    if (error instanceof WebhookFailure) throw error;
    throw failed(`${shown}: ${signal.aborted ? 'context deadline exceeded' : connectionFault(error)}`);
  }
}

interface Target {
  url: URL;
  shownUrl: string;
  serverName: string;
}

function targetOf(context: ServerContext, name: string, { url, service }: Fields): Target {
  if (!isFields(service)) {
    const target = new URL(textOf(url));
    return { url: target, shownUrl: `${target.origin}${target.pathname}`, serverName: target.hostname };
  }
  const namespace = textOf(service.namespace);
  const serviceName = textOf(service.name);
  const port = typeof service.port === 'number' ? service.port : 443;
  const found = context.store.get('services', namespace, serviceName);
  const address = textOf(fieldsOf(found?.spec).clusterIP);
  if (address === '' || address === 'None') {
    const why = found
      ? `service ${quote(serviceName)} has no cluster IP`
      : `service ${quote(serviceName)} not found`;
    throw new WebhookFailure(name, `failed to call webhook: ${why}`);
  }
  const path = textOf(service.path) || '/';
  const serverName = `${serviceName}.${namespace}.svc`;
  return {
    url: new URL(path, `https://${address}:${port}`),
    shownUrl: `https://${serverName}:${port}${path}`,
    serverName,
  };
}

function post(
  { url, serverName }: Target,
  seconds: number,
  caBundle: string,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const target = new URL(url);
  target.searchParams.set('timeout', `${seconds}s`);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      target,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, */*',
          'content-length': Buffer.byteLength(body),
        },
        agent: false,
        signal,
        // A name, as it is sent in the handshake, may not be an address.
        ...(/^[\d.]+$|:/.test(serverName) ? {} : { servername: serverName }),
        ...(caBundle !== '' && { ca: Buffer.from(caBundle, 'base64') }),
      },
      resolve,
    );
    request.once('error', reject);
    request.end(body);
  });
}

/** What a Go client says of an answer that is no success. */
function refusalText({ statusCode = 0 }: IncomingMessage, answer: string): string {
  switch (statusCode) {
    case 404:
      return 'the server could not find the requested resource';
    case 503:
      return 'the server is currently unable to handle the request';
    default:
      return statusCode >= 500
        ? `an error on the server (${quote(answer)}) has prevented the request from succeeding`
        : `the server rejected our request for an unknown reason`;
  }
}

function connectionFault(error: unknown): string {
  const { code, address, port } = fieldsOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${textOf(address)}:${printable(port)}: connect: connection refused`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    case 'ECONNRESET':
      return 'EOF';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function readAnswer(reply: string, { uid, mutating }: { uid: string; mutating: boolean }): WebhookAnswer {
  const review = fieldsOf(JSON.parse(reply));
  if (!isFields(review.response)) throw new Error('webhook response was absent');
  const { uid: answered, allowed, patch, patchType, status, warnings } = review.response;
  if (answered !== uid)
    throw new Error(`expected response.uid=${quote(uid)}, got ${quote(textOf(answered))}`);
  const type = `${textOf(review.apiVersion)}, Kind=${textOf(review.kind)}`;
  const expected = 'admission.k8s.io/v1, Kind=AdmissionReview';
  if (type !== expected) throw new Error(`expected webhook response of ${expected}, got ${type}`);
  const patches = textOf(patch) !== '';
  if (!mutating && patches) throw new Error('validating webhook may not return response.patch');
  if (!mutating && patchType !== undefined)
    throw new Error('validating webhook may not return response.patchType');
  if (mutating && patches && patchType === undefined)
    throw new Error('webhook returned response.patch but not response.patchType');
  if (mutating && !patches && patchType !== undefined)
    throw new Error('webhook returned response.patchType but not response.patch');
  return {
    allowed: allowed === true,
    ...(patches && { patch: JSON.parse(Buffer.from(textOf(patch), 'base64').toString('utf8')) as unknown }),
    ...(isFields(status) && { result: status }),
    warnings: listOf(warnings).map(textOf),
  };
}
