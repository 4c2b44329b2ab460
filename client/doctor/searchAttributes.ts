import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { DoctorFinding } from '../../core/doctor/finding.ts';
import { createCommand, SEARCH_ATTRIBUTES } from '../../core/run/searchAttributes.ts';

/** temporal.api.enums.v1.IndexedValueType. */
const KEYWORD = 2;

/**
 * Makes the search attributes that the server has not, and tells what it did. One of another type is left as it is: it may be somebody
 * else's. A server that keeps this to its operators refuses, which is told as well.
 */
export async function makeSearchAttributes(client: Client): Promise<readonly DoctorFinding[]> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  const of = { system: 'Temporal', what: 'search attributes' } as const;
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter((name) => customAttributes?.[name] === undefined);
    if (missing.length === 0) return [];
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
    return [{ ...of, severity: 'well', message: `made ${missing.join(', ')}` }];
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const message = `the server did not let them be made: ${error.details}`;
    const remedy = `Whoever administers it makes them: ${createCommand(SEARCH_ATTRIBUTES)}; on Temporal Cloud, in its UI or by tcld.`;
    return [{ ...of, severity: 'warning', message, remedy }];
  }
}
