import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ObjectFolder } from './object-folder.ts';
import { S3Error } from './s3-error.ts';
import type { Authentication } from './signature.ts';
import { renderXml } from './xml.ts';
import type { XmlValue } from './xml.ts';

/** One authenticated request, and what it is answered from. */
export interface RequestContext {
  request: IncomingMessage;
  response: ServerResponse;
  folder: ObjectFolder;
  clock: Clock;
  /** The server's region. */
  region: string;
  authentication: Authentication;
  /** Empty for requests about the service. */
  bucketName: string;
  /** Empty for requests about a bucket. */
  key: string;
  query: Map<string, string>;
}

export function sendXml(context: RequestContext, root: string, value: XmlValue, status = 200): void {
  const body = Buffer.from(renderXml(root, value));
  context.response
    .writeHead(status, { 'content-type': 'application/xml', 'content-length': body.length })
    .end(body);
}

export function sendEmpty(
  context: RequestContext,
  status: number,
  headers: Record<string, string> = {},
): void {
  if (status === 200) headers['content-length'] = '0';
  context.response.writeHead(status, headers).end();
}

/** A parameter that must be a whole number from `minimum` to `maximum`. @throws {S3Error} */
export function integerParameter(value: string, name: string, minimum: number, maximum: number): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : -1;
  if (number < minimum || number > maximum) {
    throw new S3Error('InvalidArgument', `${name} must be an integer between ${minimum} and ${maximum}`);
  }
  return number;
}
