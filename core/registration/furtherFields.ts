import { z } from 'zod';
import { httpUrl, MANY, oneLine } from './schemaParts.ts';

/**
 * Fields of Authentik's provider and application that a registration may ask for beside those that every client has. One row a
 * field: whatever reads, writes, compares, imports or judges one goes by its row, so a further field is a row here and nothing else.
 *
 * Absent is what stands: a blueprint leaves alone what it does not name, and a new object gets Authentik's own value. `null` takes a
 * text or a reference away.
 */

export type FieldValue = string | boolean | null;

/** What of `policy.provider` of `registrar.yaml` judges a value, and how; or why none does. */
type JudgedBy =
  | { readonly key: 'flows' | 'keys' | 'logoutHosts' | 'subModes' | 'issuerModes' }
  | { readonly key: 'accessCodeValidity' | 'accessTokenValidity' | 'refreshTokenValidity' }
  | { readonly opensNothing: string };

export interface FurtherField<Schema extends z.ZodType = z.ZodType> {
  /** Its name in blueprints and in the API. */
  readonly attribute: string;
  /** What a registration may say. */
  readonly schema: Schema;
  /** `flag` is true or false; `flow` and `certificate` are found by slug and by name; any other is text. */
  readonly is: 'text' | 'flag' | 'flow' | 'certificate';
  /** What a new object has; an installation's own for a row that is `ofAll`. */
  readonly usual: FieldValue;
  /** `provider` of `registrar.yaml` has it too: what a registration does not say is as that says, for every client. */
  readonly ofAll?: true;
  /** First release that has it, where the oldest that is known has not. */
  readonly since?: string;
  /** Another name that only blueprints know it by. */
  readonly alias?: string;
  readonly judged: JudgedBy;
}

/** What the subject of a token is made of. */
export const SUB_MODES = ['hashed_user_id', 'user_id', 'user_uuid', 'user_username', 'user_email', 'user_upn'] as const;
export const ISSUER_MODES = ['per_provider', 'global'] as const;

/**
 * As Authentik writes a time (`timedelta_string_validator`): weeks to seconds, each once, joined by semicolons. Not nothing in all:
 * such a code or token would be over before anybody could use it.
 */
const VALIDITY = /^(?=.*=0*[1-9])(?:(weeks|days|hours|minutes|seconds)=\d{1,6}(?:;(?=.)(?!.*\b\1=)|$))+$/;
export const validity = z
  .string()
  .regex(VALIDITY, 'must be a time as Authentik writes it, and not none, such as "hours=8" or "days=1;hours=12"');

/** Ways to a token, by their names in Authentik; since 2026.5 a provider lists those that it takes. */
export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'implicit',
  'hybrid',
  'client_credentials',
  'password',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
] as const;
type GrantType = (typeof GRANT_TYPES)[number];

/** Grant types of a client whose registration names none. */
export const USUAL_GRANTS: readonly GrantType[] = ['authorization_code', 'refresh_token'];

/** First release that has a grant type. */
export function grantSince(grant: string): string {
  return grant.endsWith(':token-exchange') ? '2026.8' : '2026.5';
}

const name = oneLine.nullable();
const PRESENTATION = { opensNothing: 'it is shown to people who may sign in anyway' } as const;

const time = <Key extends string>(attribute: string, key: Key, usual: string, means: string) => ({
  attribute,
  schema: validity.describe(means),
  is: 'text' as const,
  usual,
  judged: { key },
});

/** Rows of `spec.provider`, by their names there. */
const PROVIDER_FIELDS = {
  authorizationFlow: {
    attribute: 'authorization_flow',
    schema: oneLine.describe(
      'Slug of the flow that a user goes through at each sign-in, such as one that asks for consent',
    ),
    is: 'flow',
    usual: null,
    ofAll: true,
    judged: { key: 'flows' },
  },
  invalidationFlow: {
    attribute: 'invalidation_flow',
    schema: oneLine.describe('Slug of the flow that ends a session'),
    is: 'flow',
    usual: null,
    ofAll: true,
    judged: { key: 'flows' },
  },
  authenticationFlow: {
    attribute: 'authentication_flow',
    schema: name.describe('Slug of the flow for who is not signed in yet; null: that of the brand'),
    is: 'flow',
    usual: null,
    judged: { key: 'flows' },
  },
  signingKey: {
    attribute: 'signing_key',
    schema: oneLine.describe('Name of the certificate with the key that signs its tokens'),
    is: 'certificate',
    usual: null,
    ofAll: true,
    judged: { key: 'keys' },
  },
  encryptionKey: {
    attribute: 'encryption_key',
    schema: name.describe('Name of the certificate that its tokens are encrypted to; null: they are not'),
    is: 'certificate',
    usual: null,
    judged: { key: 'keys' },
  },
  subMode: {
    attribute: 'sub_mode',
    schema: z.enum(SUB_MODES).describe('What the subject of a token is made of'),
    is: 'text',
    usual: 'hashed_user_id',
    ofAll: true,
    judged: { key: 'subModes' },
  },
  issuerMode: {
    attribute: 'issuer_mode',
    schema: z
      .enum(ISSUER_MODES)
      .describe("per_provider: an issuer of the client's own; global: that of all such clients"),
    is: 'text',
    usual: 'per_provider',
    judged: { key: 'issuerModes' },
  },
  includeClaimsInIdToken: {
    attribute: 'include_claims_in_id_token',
    schema: z.boolean().describe('Whether the id token holds the claims of the scopes'),
    is: 'flag',
    usual: true,
    ofAll: true,
    judged: { opensNothing: 'the client may ask for the same claims at the userinfo endpoint' },
  },
  accessCodeValidity: time(
    'access_code_validity',
    'accessCodeValidity',
    'minutes=1',
    'How long a code may be redeemed',
  ),
  accessTokenValidity: time(
    'access_token_validity',
    'accessTokenValidity',
    'hours=1',
    'How long an access token is valid',
  ),
  refreshTokenValidity: time(
    'refresh_token_validity',
    'refreshTokenValidity',
    'days=30',
    'How long a refresh token is valid',
  ),
  logoutUri: {
    attribute: 'logout_uri',
    schema: httpUrl
      .regex(/^\S+$/, 'must be a URL without white space')
      .nullable()
      .describe('What is told the end of a session'),
    is: 'text',
    usual: null,
    judged: { key: 'logoutHosts' },
  },
  logoutMethod: {
    attribute: 'logout_method',
    schema: z
      .enum(['backchannel', 'frontchannel'])
      .describe("backchannel: Authentik calls logoutUri; frontchannel: the user's browser does"),
    is: 'text',
    usual: 'backchannel',
    judged: { opensNothing: 'what may be called the address says, and that is judged' },
  },
} as const satisfies Readonly<Record<string, FurtherField>>;

/** Rows of `spec.launcher`, by their names there: how the application is shown. */
const LAUNCHER_FIELDS = {
  group: {
    attribute: 'group',
    schema: name.describe('Heading that the application stands under'),
    is: 'text',
    usual: null,
    judged: PRESENTATION,
  },
  icon: {
    attribute: 'meta_icon',
    schema: z
      .string()
      .regex(/^\S{1,500}$/, 'must be an address or a path without white space')
      .nullable()
      .describe('Address of its picture, or path of one of Authentik’s own files'),
    is: 'text',
    usual: null,
    since: '2025.12',
    alias: 'icon',
    judged: PRESENTATION,
  },
  description: {
    attribute: 'meta_description',
    schema: name.describe('What is told of it below its name'),
    is: 'text',
    usual: null,
    judged: PRESENTATION,
  },
  publisher: {
    attribute: 'meta_publisher',
    schema: name.describe('Who runs it'),
    is: 'text',
    usual: null,
    judged: PRESENTATION,
  },
  openInNewTab: {
    attribute: 'open_in_new_tab',
    schema: z.boolean().describe('Whether its launch URL opens in a tab of its own'),
    is: 'flag',
    usual: false,
    judged: PRESENTATION,
  },
  hidden: {
    attribute: 'meta_hide',
    schema: z.boolean().describe('Whether the launcher leaves it out'),
    is: 'flag',
    usual: false,
    since: '2026.5',
    judged: PRESENTATION,
  },
} as const satisfies Readonly<Record<string, FurtherField>>;

/** A block of a registration's `spec` with rows of its own. */
export type FieldBlock = 'provider' | 'launcher';

/** A row with where it stands. */
export interface PlacedField extends FurtherField {
  readonly block: FieldBlock;
  readonly name: string;
}

function placed(block: FieldBlock, rows: Readonly<Record<string, FurtherField>>): readonly PlacedField[] {
  return Object.entries(rows).map(([name, row]) => ({ ...row, block, name }));
}

/** All rows. */
export const FURTHER_FIELDS: readonly PlacedField[] = [
  ...placed('provider', PROVIDER_FIELDS),
  ...placed('launcher', LAUNCHER_FIELDS),
];

type OptionalShape<Rows extends Readonly<Record<string, FurtherField>>> = {
  -readonly [Name in keyof Rows]: z.ZodOptional<Rows[Name]['schema']>;
};

function shapeOf<Rows extends Readonly<Record<string, FurtherField>>>(rows: Rows): OptionalShape<Rows> {
  const shape = Object.fromEntries(Object.entries(rows).map(([key, { schema }]) => [key, schema.optional()]));
  return shape as OptionalShape<Rows>;
}

export const providerBlock = z
  .strictObject({
    ...shapeOf(PROVIDER_FIELDS),
    grantTypes: z
      .array(z.enum(GRANT_TYPES))
      .min(1)
      .refine(
        (list) => list.includes('authorization_code'),
        'must hold "authorization_code": a run proves a login by it',
      )
      .optional()
      .describe(
        'Ways to a token that the provider takes, all of them; authorization_code and refresh_token where absent. Since Authentik 2026.5',
      ),
    scopeMappings: z
      .array(oneLine)
      .max(MANY)
      .optional()
      .describe(
        'Names of scope mappings beside those of spec.scopes, all of them; absent: what the section finds by name is kept',
      ),
  })
  .optional()
  .describe('Of the provider, for this client alone. Absent: as registrar.yaml says for all, or what stands');
export const launcherBlock = z
  .strictObject(shapeOf(LAUNCHER_FIELDS))
  .optional()
  .describe('How the application is shown to who may sign in. Absent: what stands is kept');

/** The grant types that a registration asks for. */
export function grantsOf({ provider }: { readonly provider?: z.output<typeof providerBlock> }): readonly GrantType[] {
  return provider?.grantTypes ?? USUAL_GRANTS;
}

/** A mapping that is asked for by its name, among scopes: no scope has a quotation mark (RFC 6749, 3.3). */
export function mappingLabel(name: string): string {
  return `mapping "${name}"`;
}

/** The values that a registration asks for, by the names of its rows. */
export type FieldValues = Readonly<Record<string, FieldValue>>;

interface Blocks {
  readonly provider?: object | undefined;
  readonly launcher?: object | undefined;
}

/** What a registration says of a row; undefined where it is silent. */
export function askedOf(
  spec: Blocks,
  { block, name: of }: Pick<PlacedField, 'block' | 'name'>,
): FieldValue | undefined {
  return (spec[block] as Readonly<Record<string, FieldValue | undefined>> | undefined)?.[of];
}

/** What a registration says of a block, without the rows that every client has. Undefined where that is nothing. */
export function furtherOf(spec: Blocks, block: FieldBlock): FieldValues | undefined {
  const asked = FURTHER_FIELDS.filter((row) => row.block === block && row.ofAll === undefined).flatMap((row) => {
    const value = askedOf(spec, row);
    return value === undefined ? [] : [[row.name, value] as const];
  });
  return asked.length === 0 ? undefined : Object.fromEntries(asked);
}
