import type { Command } from 'commander';
import { defineGroup } from './command.ts';
import type { KanctlHost } from './host.ts';
import { sandboxDownCommand } from './sandbox-down.ts';
import { sandboxEnvCommand } from './sandbox-env.ts';
import { sandboxServeCommand } from './sandbox-serve.ts';
import { sandboxStatusCommand } from './sandbox-status.ts';
import { sandboxUpCommand } from './sandbox-up.ts';

/** `kanctl sandbox`: a Kubernetes in one process of this machine. */
export function sandboxCommand(host: KanctlHost): Command {
  const group = defineGroup(
    {
      name: 'sandbox',
      summary: 'Run a Kubernetes API with everything to try Blueprints on this machine',
      description:
        'Runs a Kubernetes in one process of this machine: its pods are processes, its object store is a folder. For trying and testing Blueprints; it does not isolate pods from the machine.',
      flags: {},
      commands: () => [
        sandboxUpCommand(host),
        sandboxDownCommand(host),
        sandboxStatusCommand(host),
        sandboxEnvCommand(host),
      ],
    },
    host,
  );
  // What `up` starts in the background; not for people.
  group.addCommand(sandboxServeCommand(host), { hidden: true });
  return group;
}
