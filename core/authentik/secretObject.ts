import { RegistrarError } from '../base/errors.ts';
import type { Installation } from '../installation/installation.ts';
import { fillPattern } from '../names/names.ts';
import type { Registration } from '../registration/registration.ts';
import { releaseOf } from './releases.ts';
import type { SecretDialect } from './secretDialects.ts';

/** How Authentik keeps one client's secret, where it has objects for that. */
export interface SecretObject {
  readonly dialect: SecretDialect;
  /** Of the object. Absent where the client's blueprint names the secret itself, and of a public client. */
  readonly name?: string;
}

/** How the job names the object of a new client. */
export function newSecretName({ metadata, spec }: Registration, { naming }: Pick<Installation, 'naming'>): string {
  return fillPattern(naming.secretName ?? '{name} client secret', metadata.name, spec.displayName);
}

/** How Authentik calls the objects that it makes of a provider's secret by itself: in its upgrade, and of each new value as text. */
export function madeByAuthentik(providerName: string): string {
  return `${providerName} client_secret`;
}

/** What a run should tell. Throws `Refused` unless registrar.yaml allows the release, for nobody has run one that is out. */
export function secretWarnings(
  { reference }: SecretDialect,
  authentikVersion: string,
  { authentik }: Pick<Installation, 'authentik'>,
): readonly string[] {
  const release = releaseOf(authentikVersion);
  const message = `Authentik keeps client secrets as objects of their own (field ${reference} of a provider)`;
  if (authentik.allowVersions.includes(release))
    return [
      `${message}: this oidc-registrar writes them by a draft and was run against a stand-in alone; that the secret works is proven by a test of it`,
    ];
  throw new RegistrarError({
    system: 'Authentik',
    kind: 'Refused',
    message: `${message}, which this oidc-registrar writes by a draft alone`,
    remedy: `Use a newer oidc-registrar, or stay at Authentik 2026.8 until there is one, or allow it in registrar.yaml: authentik.allowVersions: ["${release}"].`,
  });
}
