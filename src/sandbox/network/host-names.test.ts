import { describe, expect, it } from 'vitest';
import { formatHostNames } from './host-names.ts';

const pod = { namespace: 'shop', hostname: 'db-0', subdomain: 'db', address: '127.9.16.1' };
const metadata = (name: string, namespace: string) => ({ name, namespace });

describe("a pod's host names", () => {
  it('has every name of a service, the short one only in its own namespace', () => {
    const services = ['shop', 'other'].map((namespace) => ({
      service: { metadata: metadata('web', namespace), spec: { clusterIP: '127.9.128.1' } },
      endpoints: undefined,
    }));
    const lines = formatHostNames({
      pod,
      aliases: [{ ip: '127.0.0.9', hostnames: ['alias'] }],
      services,
    }).split('\n');
    expect(lines).toContain('127.9.128.1\tweb.shop.svc.cluster.local web.shop.svc web.shop web');
    expect(lines).toContain('127.9.128.1\tweb.other.svc.cluster.local web.other.svc web.other');
    expect(lines).toContain('127.9.16.1\tdb-0.db.shop.svc.cluster.local db-0');
    expect(lines).toContain('127.0.0.9\talias');
  });

  it('has the pods of a headless service, those that are not ready only when it publishes them', () => {
    const service = (publishNotReadyAddresses: boolean) => ({
      service: { metadata: metadata('db', 'shop'), spec: { clusterIP: 'None', publishNotReadyAddresses } },
      endpoints: {
        subsets: [
          {
            addresses: [{ ip: '127.9.16.1', hostname: 'db-0' }],
            notReadyAddresses: [{ ip: '127.9.16.2', hostname: 'db-1' }],
          },
        ],
      },
    });
    const ready = formatHostNames({ pod, aliases: [], services: [service(false)] });
    expect(ready).toContain(
      '127.9.16.1\tdb-0.db.shop.svc.cluster.local db-0.db.shop.svc db-0.db.shop db-0.db db.shop.svc',
    );
    expect(ready).not.toContain('127.9.16.2');
    expect(formatHostNames({ pod, aliases: [], services: [service(true)] })).toContain('127.9.16.2\tdb-1.db');
  });
});
