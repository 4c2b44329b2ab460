import { z } from 'zod';
import { GRANT_TYPES, ISSUER_MODES, USUAL_GRANTS, SUB_MODES, validity } from '../registration/furtherFields.ts';

/**
 * `policy` of `registrar.yaml`: what whoever may write a registration may ask for. `registrar.yaml` is written by those who run
 * the job, registrations by those who want a client; so what lets in more people, or runs more on a machine, than a client needs is
 * closed until a line here opens it.
 */

const patterns = z.array(z.string().min(1));
const any = ['**'];

export const policySchema = z.strictObject({
  inline: z
    .boolean()
    .default(false)
    .describe("Whether a registration may stand in a workflow's input, where nobody has reviewed it in Git"),
  everyone: z
    .boolean()
    .default(false)
    .describe('Whether access: {everyone: true} may open an application to every user'),
  publicClients: z
    .enum(['none', 'new', 'any'])
    .default('none')
    .describe(
      'Clients without a secret (clientType: public), whose id anybody may use: none; new: one that is registered as such; any: one that had a secret before, too',
    ),
  groups: z
    .strictObject({
      bind: patterns.default(any).describe('Groups that a registration may let in'),
      make: patterns.default(any).describe('Groups that a registration may ask for, with service accounts in them'),
      withRoles: patterns
        .default([])
        .describe('Of these, groups that are there already and give their members roles of Authentik'),
    })
    .prefault({}),
  redirectUris: z
    .strictObject({
      hosts: patterns.default(any).describe('Hosts of redirect URIs, such as *.example.org'),
      loopback: z
        .boolean()
        .default(false)
        .describe("Whether one may lead to a user's own machine (localhost, 127.0.0.1)"),
      schemes: z.array(z.string().min(1)).default([]).describe('Schemes beside http and https, such as app.immich'),
      regex: z.boolean().default(false).describe('Whether one may be a regular expression'),
    })
    .prefault({}),
  bindings: z
    .strictObject({
      users: patterns.default([]).describe('Users that a registration may let in by themselves'),
      policies: patterns.default([]).describe('Policies that may say who is let in'),
    })
    .prefault({}),
  provider: z
    .strictObject({
      flows: patterns.default([]).describe("Slugs of flows that a registration may name beside registrar.yaml's"),
      keys: patterns.default([]).describe("Names of certificates that it may name beside registrar.yaml's"),
      scopeMappings: patterns.default([]).describe('Names of scope mappings that it may name'),
      grantTypes: z
        .array(z.enum(GRANT_TYPES))
        .default([...USUAL_GRANTS])
        .describe('Ways to a token that a registration may ask for'),
      subModes: z
        .array(z.enum(SUB_MODES))
        .default(['hashed_user_id', 'user_id', 'user_uuid'])
        .describe('What a subject may be made of'),
      issuerModes: z.array(z.enum(ISSUER_MODES)).default(['per_provider']),
      logoutHosts: patterns.default(any).describe('Hosts that may be told the end of a session'),
      accessCodeValidity: validity.default('minutes=1').describe('Longest one that a registration may ask for'),
      accessTokenValidity: validity.default('hours=1').describe('Longest one that a registration may ask for'),
      refreshTokenValidity: validity.default('days=30').describe('Longest one that a registration may ask for'),
    })
    .prefault({})
    .describe('What spec.provider of a registration may say'),
  items: patterns
    .default([])
    .describe('Items of the vault that people have made and a client may have for its own, such as oidc-*'),
  files: patterns.default([]).describe('Paths that spec.files may name, such as changelog.d/**'),
  ansible: z
    .strictObject({
      roles: patterns.default(any).describe('Folders of roles, such as ansible/roles/*'),
      playbooks: patterns.default(any),
      destinations: patterns
        .default([])
        .describe('Paths on hosts that a role may be made to write (dest), such as /etc/zot/**'),
      expressions: z
        .enum(['plain', 'any'])
        .default('plain')
        .describe('plain: variables and filters that read no files and run nothing; any: whatever Ansible evaluates'),
      filters: z.array(z.string().min(1)).default([]).describe('Filters to allow beyond the known ones'),
      config: z
        .enum(['pinned', 'base'])
        .default('pinned')
        .describe(
          "base: the syntax check goes by the repository's own ansible.cfg and plugins, as it stands before the run",
        ),
    })
    .prefault({}),
  probes: z
    .strictObject({
      hosts: patterns.default(any).describe('Hosts that a probe by url may ask'),
      loopback: z.boolean().default(true).describe("Whether they may lead to the worker's own machine"),
      private: z.boolean().default(true).describe('Whether they may lead to private addresses'),
    })
    .prefault({}),
  externalSecrets: z
    .strictObject({
      clusters: patterns.default(any),
      namespaces: patterns.default(any),
      applications: patterns.default(any),
      kustomizations: patterns.default(any),
    })
    .prefault({})
    .describe("Where a consumer's own ExternalSecret may be"),
});

export type Policy = z.output<typeof policySchema>;
