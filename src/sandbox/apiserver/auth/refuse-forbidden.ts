import { StatusError, quote } from '../status-error.ts';
import type { Authorizer } from './authorizer.ts';
import type { AttributesOf } from './request-attributes.ts';

/** @throws {StatusError} 403 where the user may not do what the request asks for. */
export function refuseForbidden(authorizer: Authorizer, attributes: AttributesOf): void {
  const { allowed, reason } = authorizer.authorize(attributes);
  if (allowed) return;
  const { group = '', resource = '', name = '' } = attributes.resource ?? {};
  const why = sanitized(deed(attributes)) + (reason && `: ${reason}`);
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const subject = name === '' ? `${qualified} is forbidden` : `${qualified} ${quote(name)} is forbidden`;
  throw new StatusError(403, 'Forbidden', resource === '' ? `forbidden: ${why}` : `${subject}: ${why}`, {
    ...(name && { name }),
    ...(group && { group }),
    ...(resource && { kind: resource }),
  });
}

function deed({ user, verb, resource, path }: AttributesOf): string {
  const who = `User ${quote(user.username)}`;
  if (!resource) return `${who} cannot ${verb} path ${quote(path)}`;
  const { subresource, group, namespace } = resource;
  const what = quote(subresource ? `${resource.resource}/${subresource}` : resource.resource);
  const where = namespace ? `in the namespace ${quote(namespace)}` : 'at the cluster scope';
  return `${who} cannot ${verb} resource ${what} in API group ${quote(group)} ${where}`;
}

/** As Kubernetes does, so that no browser takes the text for HTML. */
const sanitized = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
