import type { Command } from 'commander';
import type { ActionSet } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { parseActionSetRequest, withoutRepetitions } from './action-set-request.ts';
import { buildActionSet } from './build-action-set.ts';
import { defineCommand } from './command.ts';
import { connectToCreate } from './connect-to.ts';
import { createActionSetFlags } from './create-actionset-flags.ts';
import { createFlags, globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { NAME_CHARACTERS, randomSuffix } from './random-suffix.ts';
import { selectObjects } from './select-objects.ts';
import { verifyReferences } from './verify-references.ts';

/** `kanctl create actionset` */
export const createActionSetCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'actionset',
      summary:
        'Create an ActionSet: execute an action of a Blueprint, or one that follows a complete ActionSet',
      flags: createActionSetFlags,
      globalFlags: { ...globalFlags, ...createFlags },
      async run({ flags }) {
        const { client, namespace } = await connectToCreate(host, flags);
        const request = parseActionSetRequest(flags, namespace);
        const selected = request.selection ? await selectObjects(client, request.selection, host.signal) : [];

        if (!flags['skip-validation']) {
          const problems = await verifyReferences(client, request, namespace, host.signal);
          for (const problem of problems) host.stdout.write(`${problem}\n`);
          if (problems.length > 0) throw new Error('resource verification failed');
        }
        if (!request.profile) {
          // Beside the YAML of a dry run it would end in a file.
          const stream = flags['dry-run'] ? host.stderr : host.stdout;
          stream.write(
            'Warning: Neither --profile nor --repository-server flag is provided.\n' +
              'Action might fail if blueprint is using these resources.\n',
          );
        }

        const parent =
          request.parent === ''
            ? undefined
            : await client.get<ActionSet>(
                ACTION_SETS,
                { name: request.parent, namespace },
                { signal: host.signal },
              );
        const objects = withoutRepetitions([...request.objects, ...selected]);
        const actionSet = buildActionSet(
          request,
          objects,
          parent,
          randomSuffix(host.random, NAME_CHARACTERS, 5),
        );

        if (flags['dry-run']) {
          const { formatYaml } = await import('../kubernetes/yaml.ts');
          host.stdout.write(formatYaml(actionSet));
          return 0;
        }
        const created = await client.create<ActionSet>(
          ACTION_SETS,
          { ...actionSet, metadata: { ...actionSet.metadata, namespace } },
          { fieldValidation: 'Strict', signal: host.signal },
        );
        host.stdout.write(`actionset ${created.metadata.name} created\n`);
        if (!flags.wait) return 0;
        const { followActionSet } = await import('./follow-action-set.ts');
        return await followActionSet(client, { name: created.metadata.name, namespace }, host);
      },
    },
    host,
  );
