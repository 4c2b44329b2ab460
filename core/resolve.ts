import type { Installation } from './installation.ts';
import type { Registration } from './registration.ts';

/** Every name that the job writes or looks for, derived once from registration and installation. */
export interface Names {
  readonly slug: string;
  readonly clientId: string;
  readonly providerName: string;
  readonly vaultField: string;
  /** Env variable of the Authentik worker, as `AUTHENTIK_ZOT_CLIENT_SECRET`. */
  readonly envVar: string;
  /** Key of the blueprints ConfigMap, as `zot.yaml`. */
  readonly blueprintKey: string;
  /** `metadata.name` of the blueprint. Unique in Authentik. */
  readonly blueprintName: string;
  /** Path of the blueprint instance, as `custom/zot.yaml`. */
  readonly blueprintPath: string;
  /** Key of the Kubernetes Secret; the vault field's label, which the ExternalSecret uses as secretKey. */
  readonly secretKey: string;
  readonly issuer: string;
}

/** Derives the names of one client. Pure. */
export function resolveNames(registration: Registration, installation: Installation): Names {
  const { metadata, spec } = registration;
  const fill = (pattern: string): string =>
    pattern
      .replaceAll('{name}', metadata.name)
      .replaceAll('{NAME}', metadata.name.toUpperCase().replaceAll('-', '_'))
      .replaceAll('{displayName}', spec.displayName);
  const slug = spec.slug ?? metadata.name;
  const vaultField = spec.vaultField ?? fill(installation.naming.vaultField);
  const blueprintKey = fill(installation.naming.blueprintKey);
  return {
    slug,
    clientId: spec.clientId ?? metadata.name,
    providerName: spec.displayName,
    vaultField,
    envVar: fill(installation.naming.envVar),
    blueprintKey,
    blueprintName: fill(installation.naming.blueprintName),
    blueprintPath: `${installation.authentik.blueprints.mountedAs}/${blueprintKey}`,
    secretKey: vaultField,
    issuer: `${installation.authentik.url.replace(/\/$/, '')}/application/o/${slug}/`,
  };
}

/** Label of a vault field that a run has made but not yet put into service. */
export function pendingLabel(vaultField: string, changeId: string): string {
  return `${vaultField} (pending ${changeId})`;
}

/** The run's branch. */
export function branchName(client: string, changeId: string): string {
  return `oidc-registrar/${client}-${changeId}`;
}
