import { z } from 'zod';
import { SCHEMAS } from '../consumers/schemas.ts';
import { extraFile } from './extraFile.ts';
import { launcherBlock, providerBlock } from './furtherFields.ts';
import { NO_NAME } from '../base/faults.ts';
import { redirectUri } from './redirectUri.ts';
import { DURATION, WINDOW } from './rotationPolicy.ts';
import { CLIENT_ID, ITEM_TITLE, MANY, oneLine, SECRET_KEY, VARIABLE } from './schemaParts.ts';

/**
 * A registration: what one person asks for one OIDC client. One file a client, kept in the GitOps repository.
 * The JSON Schema for editors is written from here by `npm run schemas`.
 */

/** Lower-case DNS label: it becomes part of a branch, a Lease annotation, a workflow id and an Authentik slug. */
export const clientName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/, 'must be 1 to 50 lower-case letters, digits or "-", not at an end')
  .describe('Name of the client; also its Authentik slug, unless `slug` says otherwise');

/** What Authentik takes for a launch URL and opens, or `blank://blank`, by which its users hide an application from the launcher. */
function isLaunchUrl(text: string): boolean {
  return text === 'blank://blank' || z.url({ protocol: /^https?$/ }).safeParse(text).success;
}

/** The record of a client lists groups and accounts by name, as keys. */
const isKey = (name: string): boolean => name !== '__proto__';

/** Authentik takes any text of this length, such as a mail address or a name with blanks (its `UserSerializer`). */
const username = oneLine.max(150, 'must be a user name of at most 150 characters').refine(isKey, NO_NAME);

const serviceAccount = z.strictObject({
  username,
  name: oneLine.optional().describe('Display name; the user name where absent'),
});

const group = z.strictObject({
  name: oneLine.refine(isKey, NO_NAME),
  comment: oneLine.optional().describe('Why the group exists; becomes a comment in the blueprint'),
  serviceAccounts: z.array(serviceAccount).max(MANY).default([]),
});

/** Group names that would read as a user or a policy where bindings are told (`boundLabel`). */
const READS_AS_OTHER = /^(?:user|policy) "/;

const INSTANT = 'must be a date and time such as "2027-06-30T18:00:00Z", or "never"';

const access = z
  .union([
    z
      .strictObject({
        groups: z
          .array(oneLine.refine((name) => !READS_AS_OTHER.test(name), 'must not read as a user or a policy'))
          .max(MANY)
          .describe('May be empty where users or policies are named'),
        users: z.array(username).max(MANY).optional().describe('User names of people who are there'),
        policies: z.array(oneLine).max(MANY).optional().describe('Names of policies that are there'),
        mode: z
          .enum(['any', 'all'])
          .optional()
          .describe(
            'Whether a member of any of the groups may sign in, or only who is in all of them (policy_engine_mode). Absent: what stands is kept, any for a new application',
          ),
        until: z
          .record(
            oneLine,
            z.union([
              z.iso
                .datetime({ offset: true, error: INSTANT })
                // No later year has four figures, which is all that Python reads.
                .refine((text) => new Date(text).getUTCFullYear() <= 9999, INSTANT),
              z.literal('never'),
            ]),
          )
          .optional()
          .describe(
            'When the access of a group ends (RFC 3339), or "never", by its name; of a user or policy by user "NAME" or policy "NAME". Since Authentik 2026.8. What is not named is left as it is',
          ),
      })
      .refine(({ groups, users = [], policies = [] }) => groups.length + users.length + policies.length > 0, {
        error: 'must have an entry, where neither users nor policies have: without a binding everyone may sign in',
        path: ['groups'],
      })
      .describe('One policy binding a group, then one a user and one a policy, in this order'),
    z.strictObject({ everyone: z.literal(true) }).describe('Every user of Authentik may sign in'),
  ])
  .describe('Who may sign in');

type SchemasOf<Kinds extends readonly { readonly schema: unknown }[]> = {
  -readonly [I in keyof Kinds]: Kinds[I]['schema'];
};

export const consumer = z.discriminatedUnion('kind', SCHEMAS.map(({ schema }) => schema) as SchemasOf<typeof SCHEMAS>);

const duration = z.string().regex(DURATION, 'must be a number and s, m, h, d or w, such as "90d"');

const rotation = z.strictObject({
  every: duration.optional().describe('Interval, counted from the registration'),
  cron: z.string().min(1).optional().describe('Instead of `every`: a cron expression'),
  timeZone: z.string().min(1).optional().describe('IANA name for cron and window; UTC where absent'),
  window: z
    .string()
    .regex(WINDOW, 'must be times of day, such as "02:00-05:00"')
    .optional()
    .describe('With `every` in whole days: the time of day within which a rotation begins'),
  jitter: duration.optional().describe('A rotation begins so much later at most, at random'),
});

const clientId = z
  .string()
  .regex(CLIENT_ID, 'must be 1 to 255 printable ASCII characters without spaces, quotes or any of \\ % < > { }');

export const registrationSchema = z.strictObject({
  apiVersion: z.literal('oidc-registrar/v1'),
  kind: z.literal('OidcClient'),
  metadata: z.strictObject({ name: clientName }),
  spec: z.strictObject({
    displayName: oneLine.describe(
      'Name of the application in Authentik, and of its provider where `providerName` is absent',
    ),
    providerName: oneLine
      .optional()
      .describe('Name of the provider in Authentik, fixed once registered; displayName where absent'),
    description: oneLine.optional().describe("The blueprint's description label"),
    slug: clientName.optional().describe('Slug of the application; metadata.name where absent'),
    clientId: z
      .union([
        clientId,
        z.strictObject({
          envVar: z.string().regex(VARIABLE, 'must be the name of an environment variable'),
          value: clientId.optional().describe('The id; metadata.name where absent and the job keeps it'),
        }),
      ])
      .optional()
      .describe(
        'OAuth2 client id; metadata.name where absent. {envVar: NAME}: Authentik takes it from that variable of the worker, which the job fills from the vault where `naming.clientIdEnvVar` of registrar.yaml gives it, and people do for an adopted client',
      ),
    clientType: z
      .enum(['confidential', 'public'])
      .optional()
      .describe(
        'public: an app that can keep no secret, such as one in a browser or on a phone; it has none, and proves itself by PKCE alone. confidential where absent',
      ),
    redirectUris: z.array(redirectUri).min(1).max(MANY),
    launchUrl: z
      .string()
      .refine(isLaunchUrl, 'must be a URL that begins with http:// or https://, or blank://blank to be on no launcher')
      .regex(/^\S+$/, 'must be a URL without white space')
      .optional()
      .describe('Page that the launcher opens; blank://blank: the application is on no launcher'),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope token (RFC 6749, 3.3)'))
      .min(1)
      .refine((list) => list.includes('openid'), 'must hold "openid" (OpenID Connect Core, 3.1.2.1)')
      .default(['openid', 'email', 'profile']),
    access,
    provider: providerBlock,
    launcher: launcherBlock,
    groups: z.array(group).max(MANY).default([]).describe('Groups to create, with their service accounts'),
    vaultField: z
      .string()
      .regex(SECRET_KEY, 'must be letters, digits, ".", "_" or "-": it is also a key of a Kubernetes Secret')
      .optional()
      .describe('Label of the vault field; by the naming pattern where absent'),
    vaultItem: z
      .string()
      .regex(ITEM_TITLE, 'must be a title that references take: letters, digits, blanks, ".", "_" and "-"')
      .optional()
      .describe(
        'Title of a vault item that this client has for itself; by `vault.item` of registrar.yaml where absent',
      ),
    secretKey: z
      .string()
      .regex(SECRET_KEY, 'must be letters, digits, ".", "_" or "-": it is a key of a Kubernetes Secret')
      .optional()
      .describe("Key of Authentik's Secret that an adopted client has; by the naming pattern where absent"),
    envVar: z
      .string()
      .regex(VARIABLE, 'must be the name of an environment variable')
      .optional()
      .describe(
        'Variable of the worker that an adopted client reads its secret from; by the naming pattern where absent',
      ),
    consumers: z.array(consumer).max(MANY).default([]).describe('Where the secret must arrive'),
    files: z
      .array(extraFile)
      .max(MANY)
      .optional()
      .describe('New text files that the change must bring along, such as a changelog fragment'),
    rotation: rotation.optional().describe('When the secret is rotated; a Temporal Schedule follows it'),
  }),
});

/** What a person writes. */
export type RegistrationInput = z.input<typeof registrationSchema>;
/** A registration as a person wrote it, checked and with defaults. */
export type Registration = z.output<typeof registrationSchema>;
export type Consumer = Registration['spec']['consumers'][number];
