import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { expect, it } from 'vitest';
import { askTemporal } from '../../client/temporalErrors.ts';

/** As gRPC gives it, inside the client's own error. */
function answered(code: number, details: string): ServiceError {
  const cause = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return new ServiceError('Failed to start Workflow', { cause });
}

it.each([
  [
    'a namespace that is not there',
    new NamespaceNotFoundError('nope'),
    'NotFound',
    /namespace "nope".*TEMPORAL_NAMESPACE/,
  ],
  [
    'the same, of a question to the server itself',
    answered(5, 'Namespace nope is not found.'),
    'NotFound',
    /no namespace "nope"/,
  ],
  ['a wrong key', answered(16, 'invalid key'), 'Unauthorized', /refused: invalid key.*TEMPORAL_API_KEY/],
  ['a missing right', answered(7, 'no right'), 'Unauthorized', /refused: no right/],
  ['a server that does not answer', answered(14, 'no connection'), 'Unavailable', /does not answer: no connection/],
  ['anything else that it says', answered(3, 'too long'), 'Refused', /answered: too long/],
])('%s comes with its remedy', async (_what, error, kind, text) => {
  const seen = await askTemporal(() => Promise.reject(error)).catch((thrown: unknown) => thrown);
  expect(seen).toMatchObject({ system: 'Temporal', kind });
  const { message, remedy } = seen as { message: string; remedy: string };
  expect(`${message} ${remedy}`).toMatch(text);
});

it('passes on what is no answer of Temporal', async () => {
  await expect(askTemporal(() => Promise.reject(new TypeError('a defect')))).rejects.toThrow(TypeError);
});
