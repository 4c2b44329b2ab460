import { z } from 'zod';
import { brokenPlaceholders, TEMPLATE_PLACEHOLDERS } from '../../registration/placeholders.ts';
import { filePath, fileText, oneLine, probe } from '../../registration/schemaParts.ts';
import type { ConsumerSchema } from '../consumerSchema.ts';

const place = z.union([
  z.literal('end'),
  z.strictObject({ after: oneLine.describe('Name of a task of the role') }),
  z.strictObject({ before: oneLine.describe('Name of a task of the role') }),
]);

const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be an Ansible variable name');

const schema = z.strictObject({
  kind: z.literal('ansible'),
  role: z.string().regex(/^\w[\w-]{0,99}$/, 'must be the name of a role'),
  rolesPath: filePath.default('ansible/roles').describe('Folder that holds the role'),
  playbook: filePath,
  tags: z.array(z.string().regex(/^[^\s,]+$/, 'must be a tag without white space or comma')).min(1),
  comment: oneLine.optional().describe('Heading comment of the pre_tasks group'),
  template: z.strictObject({
    name: z
      .string()
      .regex(
        /^(?!\.{1,2}$)(?!\.git$)[A-Za-z0-9_.][A-Za-z0-9._-]{0,199}$/i,
        "must be a file name inside the role's templates folder",
      ),
    text: fileText.min(1).describe('The text, any format. <<clientId>>, <<clientSecret>> and <<issuer>> are replaced'),
  }),
  dest: oneLine.describe('Where the role writes the rendered file'),
  mode: z
    .string()
    .regex(/^0[0-7]{3}$/, 'must be an octal mode in quotes, such as "0600"')
    .default('0600'),
  owner: oneLine.optional(),
  group: oneLine.optional(),
  task: oneLine.optional().describe('Name of the task in the role'),
  place: place.default('end'),
  notify: oneLine.optional().describe('Handler to notify'),
  fact: identifier.optional().describe('Fact that holds the secret; <role>_oidc_client_secret where absent'),
  register: identifier.optional().describe('Register of the pre_task; _<fact> where absent'),
  guard: z
    .enum(['when', 'default'])
    .default('when')
    .describe('when: the task runs only where the fact is defined; default: an empty default in defaults/main.yml'),
  apply: z
    .enum(['none', 'command', 'confirm'])
    .default('none')
    .describe(
      'none: rendered, not applied; a person runs the playbook. confirm: the same, and the registration waits for it. command: a rotation runs it, see ansible.apply',
    ),
  probe,
});

export type AnsibleConsumer = z.output<typeof schema>;

export const ansible = {
  schema,
  broken({ template }, path) {
    const text = [...path, 'template', 'text'];
    return [
      ...(template.text.includes('<<clientSecret>>') ? [] : [{ path: text, message: 'does not use <<clientSecret>>' }]),
      ...brokenPlaceholders(template.text, TEMPLATE_PLACEHOLDERS, text),
    ];
  },
} satisfies ConsumerSchema<typeof schema>;
