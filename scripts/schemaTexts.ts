import { z } from 'zod';
import { installationSchema } from '../core/installation/installation.ts';
import { recordSchema } from '../core/registration/record.ts';
import { registrationSchema } from '../core/registration/registration.ts';

/** JSON Schemas for editors, as they stand in `schemas/`. Draft 7 is what YAML language servers read. */
export function schemaTexts(): Readonly<Record<string, string>> {
  return {
    'OidcClient.json': text(registrationSchema, 'OidcClient', 'A registration of oidc-registrar: one OIDC client'),
    'Installation.json': text(installationSchema, 'Installation', 'registrar.yaml of oidc-registrar: one installation'),
    'OidcClientRecord.json': text(
      recordSchema,
      'OidcClientRecord',
      'What oidc-registrar knows of one registered client',
    ),
  };
}

function text(schema: z.ZodType, title: string, description: string): string {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title, description, ...json }, null, 2)}\n`;
}
