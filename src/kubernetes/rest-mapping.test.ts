import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { createClient } from './create-client.ts';
import { fixedCredentials } from './credentials.ts';
import { httpTransport } from './http-transport.ts';
import { answerJson, loopbackServer } from './loopback-server.ts';
import { DEPLOYMENTS, PODS } from './resources.ts';
import { createRestMapping, NoSuchResource } from './rest-mapping.ts';

const resource = (name: string, kind: string, shortNames: string[] = []) => ({
  name,
  singularName: kind.toLowerCase(),
  kind,
  namespaced: true,
  shortNames,
});

describe('discovery', () => {
  it('finds resources by kind, resource and the names people use, and what was installed later', async () => {
    const answers: Record<string, object> = {
      '/api/v1': { resources: [resource('pods', 'Pod', ['po']), resource('pods/log', 'Pod')] },
      '/apis': {
        groups: [
          {
            name: 'apps',
            versions: [{ version: 'v2' }, { version: 'v1' }],
            preferredVersion: { version: 'v1' },
          },
        ],
      },
      '/apis/apps/v1': { resources: [resource('deployments', 'Deployment', ['deploy'])] },
    };
    await using server = await loopbackServer({
      handle: ({ url = '' }, response) => {
        const answer = answers[url];
        answerJson(response, answer ? 200 : 404, answer ?? { kind: 'Status', code: 404, reason: 'NotFound' });
      },
    });
    const transport = httpTransport({
      server: server.url,
      credentials: fixedCredentials({}),
      clock: systemClock,
    });
    const client = createClient(transport, { clock: systemClock });
    const mapping = createRestMapping(client);

    expect(await mapping.byKind('v1', 'Pod')).toEqual(PODS);
    expect(await mapping.byKind('v1', 'Pod')).toEqual(PODS);
    expect(server.requests).toEqual(['GET /api/v1']);
    expect(await mapping.byResource({ group: 'apps', resource: 'deployments' })).toEqual(DEPLOYMENTS);
    for (const name of ['Deployment', 'deploy', 'deployments.apps', 'deployments.v1.apps']) {
      expect(await mapping.byName(name)).toEqual(DEPLOYMENTS);
    }
    await expect(mapping.byKind('apps/v1', 'Widget')).rejects.toThrow(NoSuchResource);
    await expect(mapping.byName('widgets')).rejects.toThrow(
      'the server doesn\'t have a resource type "widgets"',
    );
    answers['/apis/apps/v1'] = { resources: [resource('widgets', 'Widget')] };
    expect(await mapping.byKind('apps/v1', 'Widget')).toMatchObject({ resource: 'widgets', group: 'apps' });
    await client.close();
  });
});
