import { namespacesAvailable } from '../src/sandbox/kubelet/namespaces.ts';

/** Stops the run at its start where no container of the sandbox could run, rather than failing test by test. */
export async function setup(): Promise<void> {
  if (process.platform !== 'linux') return; // the sandbox's own tests say so by name
  const refusal = await namespacesAvailable(process.env['PATH'] ?? '');
  if (refusal !== undefined) throw new Error(refusal);
}
