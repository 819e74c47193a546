import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { patiently } from '../engine/retry.ts';
import type { ResourceType } from '../kubernetes/objects.ts';
import { NoSuchResource } from '../kubernetes/rest-mapping.ts';

/**
 * What `look` finds by discovery; a server in trouble is asked again.
 * @param stem of the text when there is no such resource
 * @throws {Failure} `NoSuchResource`
 */
export function discovered(
  { clock, signal }: Pick<FunctionContext, 'clock' | 'signal'>,
  { argument, stem, hint }: { argument: string; stem: string; hint: string },
  look: () => Promise<ResourceType>,
): Promise<ResourceType> {
  const attempt = async () => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof NoSuchResource)) throw error;
      const message = `${stem}: ${error.message}\nensure CRDs are installed first`;
      throw new Failure('NoSuchResource', message, { argument, hint, cause: error });
    }
  };
  return patiently(attempt, clock, signal);
}
