import type { Command } from 'commander';
import type { ActionSet } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { parseActionSetRequest, withoutRepetitions } from './action-set-request.ts';
import { buildActionSet } from './build-action-set.ts';
import { defineCommand } from './command.ts';
import { connectToCreate } from './connect-to.ts';
import { createActionSetFlags } from './create-actionset-flags.ts';
import { createStrictly } from './create-strictly.ts';
import { createFlags, globalFlags } from './global-flags.ts';
import type { KanctlHost } from './host.ts';
import { formatDocument } from './output-format.ts';
import { NAME_CHARACTERS, randomSuffix } from './random-suffix.ts';
import { selectObjects } from './select-objects.ts';
import { verifyReferences } from './verify-references.ts';

/** `kanctl create actionset` */
export const createActionSetCommand = (host: KanctlHost): Command =>
  defineCommand(
    {
      name: 'actionset',
      summary:
        'Create an ActionSet: execute an action of a Blueprint, or one that follows up another ActionSet',
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
        // A continued one has what it had before.
        if (!request.profile && request.continueFrom === '') {
          // Beside the YAML of a dry run it would end in a file.
          const stream = flags['dry-run'] ? host.stderr : host.stdout;
          stream.write(
            'Warning: Neither --profile nor --repository-server flag is provided.\n' +
              'Action might fail if blueprint is using these resources.\n',
          );
        }

        const parentName = request.parent || request.continueFrom;
        const parent =
          parentName === ''
            ? undefined
            : await client.get<ActionSet>(
                ACTION_SETS,
                { name: parentName, namespace },
                { signal: host.signal },
              );
        const objects = withoutRepetitions([...request.objects, ...selected]);
        const actionSet = buildActionSet(
          request,
          objects,
          parent,
          randomSuffix(host.random, NAME_CHARACTERS, 5),
        );

        if (!flags['skip-validation']) {
          const { validateActionSet } = await import('../api/kanister/validate-action-set.ts');
          const problems = validateActionSet(actionSet);
          if (problems.length > 0) throw new AggregateError(problems);
        }
        if (flags['dry-run']) {
          host.stdout.write(await formatDocument(actionSet, 'yaml'));
          return 0;
        }
        const created = await createStrictly<ActionSet>(
          client,
          ACTION_SETS,
          { ...actionSet, metadata: { ...actionSet.metadata, namespace } },
          host.signal,
        );
        host.stdout.write(`actionset ${created.metadata.name} created\n`);
        if (!flags.wait) return 0;
        const { followActionSet } = await import('./follow-action-set.ts');
        const { printEnd } = await import('./print-end.ts');
        const ended = await followActionSet(client, { name: created.metadata.name, namespace }, host);
        return await printEnd(ended, '', host);
      },
    },
    host,
  );
