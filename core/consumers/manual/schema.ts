import { z } from 'zod';
import { brokenPlaceholders } from '../../registration/placeholders.ts';
import { MANY, oneLine, probe } from '../../registration/schemaParts.ts';
import type { ConsumerSchema } from '../consumerSchema.ts';

/** A line for people; longer ones belong into a document that it names. */
const line = oneLine.describe('<<clientId>>, <<issuer>> and <<secretReference>> are replaced');

const PLACEHOLDERS = ['clientId', 'issuer', 'secretReference'];

/** A consumer that only a person can configure: in a web interface, on a device. */
const schema = z.strictObject({
  kind: z.literal('manual'),
  name: oneLine.describe('What it is, for people'),
  steps: z.array(line).min(1).max(MANY).describe('What a person does to give it the secret'),
  removal: z.array(line).max(MANY).optional().describe('What a person does before the client is deregistered'),
  probe,
});

export type ManualConsumer = z.output<typeof schema>;

export const manual = {
  schema,
  broken({ steps, removal = [] }, path) {
    return Object.entries({ steps, removal }).flatMap(([field, lines]) =>
      lines.flatMap((text, i) => brokenPlaceholders(text, PLACEHOLDERS, [...path, field, i])),
    );
  },
  called: ({ name }) => ({ name }),
} satisfies ConsumerSchema<typeof schema>;
