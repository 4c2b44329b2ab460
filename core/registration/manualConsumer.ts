import { z } from 'zod';
import { MANY, oneLine, probe } from './schemaParts.ts';

/** A line for people; longer ones belong into a document that it names. */
const line = oneLine.describe('<<clientId>>, <<issuer>> and <<secretReference>> are replaced');

/** A consumer that only a person can configure: in a web interface, on a device. */
export const manualConsumer = z.strictObject({
  kind: z.literal('manual'),
  name: oneLine.describe('What it is, for people'),
  steps: z.array(line).min(1).max(MANY).describe('What a person does to give it the secret'),
  removal: z.array(line).max(MANY).optional().describe('What a person does before the client is deregistered'),
  probe,
});

export type ManualConsumer = z.output<typeof manualConsumer>;

export const MANUAL_PLACEHOLDERS = ['clientId', 'issuer', 'secretReference'];
