import { z } from 'zod';
import { FLUX_NAME, filePath, fileText, oneLine, probe } from '../../registration/schemaParts.ts';

/**
 * A consumer that reads the secret through an ExternalSecret of its own, in another namespace, cluster or Argo CD Application
 * than Authentik's (External Secrets Operator, API `external-secrets.io/v1`).
 */

/** Names of namespaced objects (Kubernetes documentation, "Object Names and IDs"). */
const objectName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    'must be the name of a Kubernetes object: lower case, digits, "-", "."',
  );

const namespaceName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a namespace: lower case, digits, "-"');

const secretKey = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,253}$/, 'must be a key of a Kubernetes Secret: letters, digits, ".", "_" and "-"');

const goDuration = z
  .string()
  .regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, 'must be a duration such as "1h" or "15m"')
  .refine((text) => /[1-9]/.test(text), 'must be above 0: with 0 External Secrets ignores a rotated value');

const labels = z.record(z.string(), z.string());

const template = z.strictObject({
  type: z.string().optional().describe('Type of the Secret, such as Opaque'),
  engineVersion: z.literal('v2').optional(),
  mergePolicy: z.enum(['Replace', 'Merge']).optional(),
  metadata: z.strictObject({ labels: labels.optional(), annotations: labels.optional() }).optional(),
  data: z
    .record(secretKey, fileText)
    .optional()
    .describe('Go templates, taken over as they are; only <<clientId>> and <<issuer>> are replaced'),
});

export const schema = z.strictObject({
  kind: z.literal('externalSecret'),
  file: filePath.describe('File of the ExternalSecret; made where it is absent'),
  name: objectName.describe('metadata.name of the ExternalSecret'),
  namespace: namespaceName,
  cluster: oneLine.optional().describe("A cluster of registrar.yaml; Authentik's where absent"),
  application: objectName
    .optional()
    .describe('Argo CD Application that deploys the file; needed with authentik.deployBy: argocd, and with no other'),
  fluxKustomization: oneLine
    .regex(FLUX_NAME, 'must be name or namespace/name of a Kustomization of Flux')
    .optional()
    .describe(
      'Kustomization of Flux that deploys the file, as name or namespace/name; needed with authentik.deployBy: flux, and with no other',
    ),
  kustomization: filePath
    .optional()
    .describe('The kustomization.yaml whose resources list the file, where the folder has one'),
  refreshInterval: goDuration
    .default('1h')
    .describe('Written as the API gives it back, 1h as 1h0m0s: otherwise Argo CD would show a difference for ever'),
  secretStoreRef: z.strictObject({
    kind: z.enum(['ClusterSecretStore', 'SecretStore']).default('ClusterSecretStore'),
    name: objectName,
  }),
  secretKey: secretKey.default('clientSecret').describe('Under which name a template knows the secret'),
  target: z
    .strictObject({
      name: objectName.optional().describe("Name of the Secret; the ExternalSecret's where absent"),
      creationPolicy: z.enum(['Owner', 'Orphan', 'Merge']).default('Owner'),
      deletionPolicy: z.enum(['Retain', 'Delete', 'Merge']).optional(),
      template: template.optional(),
    })
    .prefault({}),
  keys: z
    .strictObject({
      clientSecret: secretKey.optional().describe('`secretKey` where absent, or the one key whose template uses it'),
      clientId: secretKey.optional().describe('Also put the client id into the Secret, under this key'),
      issuer: secretKey.optional().describe('Also put the issuer into the Secret, under this key'),
    })
    .prefault({})
    .describe('Which keys of the Secret hold what'),
  restart: z
    .array(objectName)
    .default([])
    .describe('Deployments of the namespace that a rotation rolls, because they read the Secret only when they start'),
  probe,
});

export type ExternalSecretConsumer = z.output<typeof schema>;
