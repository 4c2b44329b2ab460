import { z } from 'zod';
import { brokenDeployBy, NO_APPLY } from './deployBy.ts';
import { DEPLOY_BY } from './deployers.ts';
import { brokenDelivery, DELIVERY } from './secretDelivery.ts';
import { FORGE_KINDS } from './forgeAddress.ts';
import { NOTICE_KINDS } from './notice.ts';
import { policySchema } from './policy.ts';
import { SUB_MODES } from '../registration/furtherFields.ts';
import {
  filePath as path,
  httpUrl,
  repositoryPath as folder,
  FLUX_NAME,
  SECTION_KEY,
  VARIABLE,
} from '../registration/schemaParts.ts';
import { brokenSources } from './sources.ts';
import { duration, timingsSchema } from './timings.ts';
import { vaultSettings } from '../vault/settings.ts';

/**
 * `registrar.yaml`: one an installation. It says where things are; tokens come from the environment or from files.
 * The JSON Schema for editors is written from here by `npm run schemas`.
 */

const name = z.string().min(1).max(253);
const fluxName = z.string().max(253).regex(FLUX_NAME, 'must be name or namespace/name of an object');
/** An address of which parts are joined with paths, and shown in errors and links. */
const webAddress = httpUrl.regex(/^[^@?#]*$/, 'must hold no user, password, query or fragment');

const cluster = z.strictObject({
  kubeconfig: z.string().optional().describe('Path of a kubeconfig; KUBECONFIG or in-cluster where absent'),
  context: z.string().optional().describe('Context of the kubeconfig; its current one where absent'),
});

/** The words of a command; no shell reads them. The worker's environment stays out of it but for what is named. */
const command = z.array(z.string().min(1)).min(1);
const environment = z
  .array(z.string().regex(VARIABLE, 'must be the name of an environment variable'))
  .default([])
  .describe('Variables of the worker that the command is given, such as SSH_AUTH_SOCK; PATH and HOME it always has');

const ansibleApply = z.strictObject({
  command: command.describe('{playbook}, {tags} and {client} are replaced; it runs in a checkout of the target branch'),
  check: command.optional().describe('Run before anything changes: whether the host can be reached. Same placeholders'),
  environment,
});

const probe = z.strictObject({
  command: command.describe('Exit code 0 where the service works with the secret'),
  environment,
});

const pullRequest = z
  .strictObject({
    forge: z.enum(FORGE_KINDS).optional().describe('Told by the host name where that is a known one'),
    url: webAddress.optional().describe('Web address of the forge; that of the remote where absent'),
    api: webAddress.optional().describe('Address of its API, where it is not at the usual place'),
    repository: z
      .string()
      .regex(/^[^/\s]+(\/[^/\s]+)+$/, 'must be owner/name')
      .optional()
      .describe('owner/name on the forge; that of the remote where absent'),
  })
  .describe('landBy: pullRequest only: the forge, where the remote does not tell it');

const gitops = z
  .strictObject({
    remote: z
      .string()
      .min(1)
      .regex(/^(?![a-z+]+:\/\/[^/@]*:[^/@]*@)/i, 'must hold no password: it goes to the environment')
      .describe('Address of the GitOps repository, without credentials'),
    aliases: z.array(z.string()).default([]).describe('Other addresses of the same repository, as Argo CD may use'),
    branch: z.string().min(1).default('main').describe('Target branch'),
    land: z
      .enum(['last', 'first'])
      .default('last')
      .describe(
        'last: proven, then landed; for an Application without automated sync. first: the other way round; with it',
      ),
    landBy: z
      .enum(['push', 'pullRequest'])
      .default('push')
      .describe('pullRequest: the run pushes a branch and waits until people have merged it'),
    pullRequest: pullRequest.optional(),
    registrations: folder.default('oidc-clients').describe('Folder of the registration files'),
    substitute: z
      .union([
        z.literal(false),
        z.record(
          z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable'),
          z.string().regex(/^[^\n]*$/, 'must be on one line'),
        ),
      ])
      .optional()
      .describe(
        'What Flux puts in the place of ${NAME} (postBuild of its Kustomization), by name, and no secret; needed where a blueprint holds such. false: nothing is substituted',
      ),
    author: z
      .strictObject({ name: name.describe('Its name'), email: z.string().min(3).describe('Its address') })
      .describe('Author of the commits'),
  })
  .superRefine((settings, context) => {
    if (settings.pullRequest === undefined || settings.landBy === 'pullRequest') return;
    const message = 'has a meaning with landBy: pullRequest only: set that, or take this out';
    context.addIssue({ code: 'custom', path: ['pullRequest'], message });
  });

/** Patterns of `naming` where nothing else is said. */
export const NAMING_DEFAULTS = {
  envVar: 'AUTHENTIK_{NAME}_CLIENT_SECRET',
  vaultField: '{name}-client-secret',
  blueprintKey: '{name}.yaml',
  blueprintName: '{displayName} SSO',
} as const;

const parts = z.strictObject({
  apiVersion: z.literal('oidc-registrar/v1'),
  kind: z.literal('Installation'),
  gitops,
  clusters: z.record(z.string(), cluster).describe('Clusters by names of your own, to which other settings refer'),
  argocd: z
    .strictObject({
      cluster: name.describe('Named cluster that holds the Application objects'),
      namespace: name.default('argocd').describe('Of the Application objects and of the Leases of the turns'),
      url: httpUrl.optional().describe('Address of its UI, for a link in what a run shows; nothing is asked of it'),
    })
    .optional()
    .describe('Needed with authentik.deployBy: argocd, and with no other'),
  flux: z
    .strictObject({
      cluster: name
        .optional()
        .describe('Named cluster whose Flux deploys to all clusters; where absent each cluster has a Flux of its own'),
      namespace: name.default('flux-system').describe('Of the Kustomizations that are named without one'),
    })
    .optional()
    .describe(
      'Where the objects of Flux are, if not in flux-system beside Authentik; with authentik.deployBy: flux alone',
    ),
  vault: vaultSettings,
  authentik: z.strictObject({
    url: httpUrl.describe('Address of Authentik'),
    cluster: name.describe('Named cluster that Authentik runs in'),
    namespace: name.describe('Its namespace there'),
    deployBy: z
      .enum(DEPLOY_BY, { error: ({ input }) => (input === 'apply' ? NO_APPLY : undefined) })
      .default('argocd')
      .describe('Who deploys the three objects: Argo CD, Flux, or somebody else who follows Git'),
    application: name
      .optional()
      .describe('Argo CD Application that deploys Authentik; needed with deployBy: argocd, and with no other'),
    kustomization: fluxName
      .optional()
      .describe(
        "Flux's Kustomization (kustomize.toolkit.fluxcd.io) that deploys Authentik, as name or namespace/name; needed with deployBy: flux, and with no other",
      ),
    helmRelease: fluxName
      .optional()
      .describe(
        'deployBy: flux only, where Helm makes the Deployment: the HelmRelease, as name (in the namespace of Authentik) or namespace/name',
      ),
    blueprints: z.strictObject({
      file: path.describe('File that holds the ConfigMap; with generatedFrom the kustomization that generates it'),
      configMap: name.describe('metadata.name of the ConfigMap, or of its configMapGenerator'),
      generatedFrom: folder
        .optional()
        .describe(
          'Where a configMapGenerator makes the ConfigMap: folder of its blueprint files, at or below that of the kustomization',
        ),
      mountedAs: z
        .string()
        .regex(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, 'must be a folder below /blueprints, such as "custom"')
        .default('custom')
        .describe('Folder below /blueprints at which the ConfigMap is mounted'),
      section: z
        .string()
        .regex(SECTION_KEY, 'must be a key that ends with ".yaml", for Authentik reads no other')
        .optional()
        .describe('Section of several clients that new ones join; where absent each gets one of its own'),
    }),
    externalSecret: z.strictObject({
      file: path.describe('File that holds the ExternalSecret of Authentik'),
      name: name.describe('Its metadata.name'),
    }),
    deployment: z.strictObject({
      file: path.describe(
        'File that holds the Deployment, or a patch of it; with valuesPath the one that holds Helm values',
      ),
      name: name.describe('metadata.name of the Deployment of the worker, which applies the blueprints'),
      container: name.describe('Its container that the secrets must reach'),
      valuesPath: z
        .string()
        .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'must be keys with dots between, such as worker.env')
        .optional()
        .describe('Where Helm deploys Authentik: path of the list of variables in the values, such as worker.env'),
    }),
    delivery: z
      .enum(DELIVERY)
      .default('env')
      .describe('How the secrets reach the worker: by variables of its container, or by files of a mounted Secret'),
    secretFolder: z
      .string()
      .regex(/^(\/[A-Za-z0-9._-]+)+$/, 'must be an absolute path, such as /client-secrets')
      .optional()
      .describe('delivery: file only: where the container mounts the Secret of the ExternalSecret'),
    allowVersions: z
      .array(z.string())
      .default([])
      .describe('Authentik versions to accept beyond the known ones, as 2027.2'),
    undo: z
      .enum(['delete', 'keep'])
      .default('delete')
      .describe('keep: undo leaves objects in Authentik, closed and listed'),
  }),
  naming: z
    .strictObject({
      envVar: z.string().default(NAMING_DEFAULTS.envVar).describe('Variable of the worker that holds the secret'),
      vaultField: z.string().default(NAMING_DEFAULTS.vaultField).describe('Label of the vault field'),
      secretKey: z
        .string()
        .optional()
        .describe(
          "Key of Authentik's Secret that holds the secret, such as {NAME}_CLIENT_SECRET; the vault field where absent",
        ),
      clientIdEnvVar: z
        .string()
        .optional()
        .describe(
          'Variable of the worker for client ids, such as {NAME}_CLIENT_ID: a registration that asks for its own (`spec.clientId: {envVar: …}`) has the id kept in the vault and delivered beside the secret. Absent: no id is',
        ),
      clientIdField: z
        .string()
        .optional()
        .describe('Label of the vault field that keeps such a client id; {name}-client-id where absent'),
      clientIdSecretKey: z
        .string()
        .optional()
        .describe("Key of Authentik's Secret that holds such a client id; the vault field where absent"),
      blueprintKey: z.string().default(NAMING_DEFAULTS.blueprintKey).describe('Key of the section in the ConfigMap'),
      blueprintName: z.string().default(NAMING_DEFAULTS.blueprintName).describe('metadata.name of the blueprint'),
      secretName: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Name of the object in which Authentik keeps the secret, where it has such (drafts of 2026.11); {name} client secret where absent',
        ),
    })
    .prefault({})
    .describe('{name}, {NAME} (upper case, "_" for "-") and {displayName} are replaced'),
  provider: z
    .strictObject({
      authorizationFlow: z
        .string()
        .default('default-provider-authorization-implicit-consent')
        .describe('Slug of the flow'),
      invalidationFlow: z.string().default('default-provider-invalidation-flow').describe('Slug of the flow'),
      signingKey: z.string().default('authentik Self-signed Certificate').describe('Name of the certificate'),
      subMode: z.enum(SUB_MODES).default('hashed_user_id').describe('What the subject of a token is made of'),
      includeClaimsInIdToken: z.boolean().default(true).describe('Whether the id token holds the claims of the scopes'),
    })
    .prefault({})
    .describe(
      'Set on every provider, but for what a registration says under spec.provider; flows and key must each exist exactly once',
    ),
  allowedDrift: z
    .array(
      z.strictObject({
        kind: name.describe('Kind of the resource'),
        name: name.describe('Its metadata.name'),
        path: z.string().startsWith('/').describe('JSON pointer to the field'),
      }),
    )
    .default([])
    .describe(
      'Known drift that does not stop the job: a JSON pointer into a resource, which names that field and all below it',
    ),
  ansible: z
    .strictObject({
      syntaxCheck: z
        .enum(['auto', 'required', 'off'])
        .default('auto')
        .describe('auto: ansible-playbook checks the playbooks where it is installed; required: refused without it'),
      apply: ansibleApply.optional().describe('How a rotation runs the playbook of a consumer with apply: command'),
    })
    .prefault({}),
  probes: z
    .record(z.string(), probe)
    .default({})
    .describe(
      'Commands that a consumer may name as its probe: here, so that no registration brings a command of its own',
    ),
  notify: z
    .strictObject({
      shape: z.enum(['ntfy', 'slack', 'json']).describe('What the receiver of REGISTRAR_NOTIFY_URL takes'),
      on: z
        .array(z.enum(NOTICE_KINDS))
        .min(1)
        .default([...NOTICE_KINDS])
        .describe('What is told'),
      afterMs: duration(300_000, 'A run that has waited for a person for so long tells it'),
    })
    .optional()
    .describe('Tells people when a run waits for them, fails, or ends with its undo pending'),
  checks: z
    .strictObject({
      atOnce: z
        .int()
        .min(1)
        .max(100)
        .default(4)
        .describe('So many clients are checked side by side; each asks every system some twenty times'),
    })
    .prefault({})
    .describe('The check of all clients'),
  policy: policySchema.prefault({}).describe('What whoever may write a registration may ask for'),
  timings: timingsSchema.prefault({}).describe('Milliseconds, or a number and `s`, `m`, `h`, `d` or `w`, such as `7d`'),
});

export const installationSchema = parts.superRefine((installation, context) => {
  for (const { path: at, message } of [
    ...brokenDeployBy(installation),
    ...brokenDelivery(installation),
    ...brokenSources(installation),
  ])
    context.addIssue({ code: 'custom', path: [...at], message });
});

export type InstallationInput = z.input<typeof installationSchema>;
export type Installation = z.output<typeof installationSchema>;
