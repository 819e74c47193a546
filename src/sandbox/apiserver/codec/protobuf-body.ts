import type { Fields } from '../json-value.ts';
import { fieldsOf } from '../json-value.ts';
import { goTypeOfKind } from './go-type.ts';
import { readMessage } from './protobuf-message.ts';
import { InvalidProtobuf, wireFields } from './wire-format.ts';

export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** What every body begins with: `k8s` and a zero. */
const PREFIX = [0x6b, 0x38, 0x73, 0];

/** A protobuf body, taken out of its envelope. */
export interface ProtobufBody {
  /** Empty where the sender leaves them to the path. */
  apiVersion: string;
  kind: string;
  message: Uint8Array;
}

/**
 * Opens the envelope of a protobuf body: `k8s`, a zero, and a message of the type and of the object's own bytes.
 * @throws {InvalidProtobuf}
 */
export function openEnvelope(body: Uint8Array): ProtobufBody {
  if (body.length === 0) throw new InvalidProtobuf('empty data');
  if (PREFIX.some((byte, index) => body[index] !== byte)) {
    throw new InvalidProtobuf(
      `provided data does not appear to be a protobuf message, expected prefix [${PREFIX.join(' ')}]`,
    );
  }
  if (body.length === PREFIX.length) throw new InvalidProtobuf('empty body');
  const opened: ProtobufBody = { apiVersion: '', kind: '', message: new Uint8Array() };
  for (const { number, value } of wireFields(body.subarray(PREFIX.length), 'Unknown')) {
    if (!(value instanceof Uint8Array)) continue;
    if (number === 1) Object.assign(opened, readTypeMeta(value));
    if (number === 2) opened.message = value;
  }
  // What is no version at all counts as none.
  return opened.apiVersion.split('/').length > 2 ? { ...opened, apiVersion: '' } : opened;
}

/**
 * A built-in object, or what else the API takes, as it would have come as JSON. A kind that nobody knows has nothing but its name.
 * @throws {InvalidProtobuf}
 */
export function readProtobufObject({ apiVersion, kind, message }: ProtobufBody): Fields {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  // Each group has the options of a deletion, and all are the same.
  const type = kind === 'DeleteOptions' ? 'meta/v1.DeleteOptions' : goTypeOfKind(group, version, kind);
  return { apiVersion, kind, ...(type !== undefined && fieldsOf(readMessage(type, message))) };
}

function readTypeMeta(bytes: Uint8Array): { apiVersion?: string; kind?: string } {
  const read: { apiVersion?: string; kind?: string } = {};
  for (const { number, value } of wireFields(bytes, 'TypeMeta')) {
    if (!(value instanceof Uint8Array)) continue;
    if (number === 1) read.apiVersion = Buffer.from(value).toString('utf8');
    if (number === 2) read.kind = Buffer.from(value).toString('utf8');
  }
  return read;
}
