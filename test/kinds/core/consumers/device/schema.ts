import { z } from 'zod';
import type { ConsumerSchema } from '../../../../../core/consumers/consumerSchema.ts';
import { brokenPlaceholders } from '../../../../../core/registration/placeholders.ts';
import { filePath, oneLine, probe } from '../../../../../core/registration/schemaParts.ts';

const schema = z.strictObject({ kind: z.literal('device'), name: oneLine, file: filePath, greeting: oneLine, probe });

export type DeviceConsumer = z.output<typeof schema>;

export const device = {
  schema,
  broken: ({ greeting }, path) => brokenPlaceholders(greeting, [], [...path, 'greeting']),
  called: ({ name }) => ({ name: `device ${name}` }),
} satisfies ConsumerSchema<typeof schema>;
