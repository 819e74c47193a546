import type { ApiResponse } from './api-exchange.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { StatusError, quote } from './status-error.ts';

/** Answers of a deprecated resource warn of it, whatever was asked, and refusals as well. */
export async function withDeprecation(
  { deprecation }: Pick<ResourceDefinition, 'deprecation'>,
  respond: () => Promise<ApiResponse>,
): Promise<ApiResponse> {
  if (deprecation === undefined) return respond();
  try {
    const response = await respond();
    const { warning } = response.headers;
    const warnings = [`299 - ${quote(deprecation)}`, ...(warning === undefined ? [] : [warning])];
    return { ...response, headers: { ...response.headers, warning: warnings.join(', ') } };
  } catch (error) {
    if (error instanceof StatusError) error.warnings.unshift(deprecation);
    throw error;
  }
}
