import { ExecFailed, ExecLost } from '../kubernetes/client.ts';

/** Whether a command whose exec failed may have begun nevertheless: one more exec of it could be its second run. */
export function mayHaveBegun(error: unknown): boolean {
  if (error instanceof ExecLost) return true;
  return error instanceof ExecFailed && error.code >= 500 && !NEVER_BEGAN.test(error.message);
}

/**
 * Words of which each comes before the command's first process: the API server did not get through to the kubelet (`error …`), the kubelet
 * refused (`unable to upgrade`), the runtime found no running container or could not start the program (containerd, runc, CRI-O). Others
 * do not tell: a node also says in place of an exit code that it lost sight of a command.
 */
const NEVER_BEGAN =
  /error dialing backend|error sending request|unable to upgrade connection|container not (?:found|running)|container is not |failed to exec in container: (?:failed to load task|failed to create exec|container is in )|OCI runtime exec failed|unable to start container process|executable file not found/;
