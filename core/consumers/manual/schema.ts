import { z } from 'zod';
import { brokenPlaceholders } from '../../registration/placeholders.ts';
import { MANY, oneLine, probe } from '../../registration/schemaParts.ts';
import type { ConsumerSchema } from '../consumerSchema.ts';

/** A step for people, such as a command of several lines that they paste; longer ones belong into a document that it names. */
const step = z
  .string()
  .regex(
    /^(?=[^]*\S)(?:[^\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]|[\n\t]){1,2000}$/u,
    'must be text of 1 to 2,000 characters, without control characters but line breaks and tabs',
  )
  // A printed plan is piped into `git apply`, which takes whatever looks like a patch.
  .regex(
    /^(?![^]*(?:^|\n)(?:diff --git |--- [^\n]*\n\+\+\+ ))/,
    'must not hold lines of a patch ("diff --git", or "---" and "+++")',
  )
  .describe('<<clientId>>, <<issuer>> and <<secretReference>> are replaced');

const PLACEHOLDERS = ['clientId', 'issuer', 'secretReference'];

/** A consumer that only a person can configure: in a web interface, on a device. */
const schema = z.strictObject({
  kind: z.literal('manual'),
  name: oneLine.describe('What it is, for people'),
  steps: z.array(step).min(1).max(MANY).describe('What a person does to give it the secret'),
  removal: z.array(step).max(MANY).optional().describe('What a person does before the client is deregistered'),
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
  ofSecret({ steps, removal = [], probe: asks }, path) {
    const naming = Object.entries({ steps, removal }).flatMap(([field, lines]) =>
      lines.flatMap((text, i) => (text.includes('<<secretReference>>') ? [[...path, field, i]] : [])),
    );
    return [
      ...naming.map((at) => ({
        path: at,
        message: 'names <<secretReference>>, and a public client has no secret (spec.clientType): take it out',
      })),
      ...(asks === undefined
        ? []
        : [
            {
              path: [...path, 'probe'],
              message: 'is asked by a rotation alone, and a public client has no secret to rotate: take it out',
            },
          ]),
    ];
  },
  called: ({ name }) => ({ name }),
} satisfies ConsumerSchema<typeof schema>;
