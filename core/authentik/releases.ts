import { RegistrarError } from '../base/errors.ts';
import type { Installation } from '../installation/installation.ts';

/** What is written for where no Authentik can be asked. */
export const NEWEST_KNOWN = '2026.8';

/** Recorded against, or held against the released schema of its API, with every later patch of it. */
const KNOWN = ['2026.2', '2026.5', NEWEST_KNOWN];

/** The first that may keep client secrets as objects (drafts; a server is asked, see secretDialects.ts). */
export const SECRETS_SINCE = '2026.11';

const OLDEST = '2025.10';

/** Read in source or release notes only. */
const UNTRIED = [OLDEST, '2025.12'];

/** Pre-releases that were run. Any other may lack what its release has. */
const RUN_EARLY: ReadonlySet<string> = new Set(['2026.5.0-rc1']);

/** What a release of Authentik may have or lack, by the first that has it (release notes, and the schema of its API). */
const SINCE = {
  /** A provider names its grant types. */
  grantTypes: '2026.5',
  /** A policy binding tells whether and when it ends. */
  endingBindings: '2026.8',
  secretObjects: SECRETS_SINCE,
} as const;

/** Whether a release has this; see {@link hasReached}. */
export function hasSince(feature: keyof typeof SINCE, authentikVersion: string): boolean {
  return hasReached(authentikVersion, SINCE[feature]);
}

/** Whether a release is this one, as `2025.12`, or a later one. An unreadable one is. */
export function hasReached(authentikVersion: string, since: string): boolean {
  return numberOf(authentikVersion) >= numberOf(since);
}

/** The release of a version, as `2026.5` of `2026.5.0-rc1`; an unreadable one as it is. */
export function releaseOf(authentikVersion: string): string {
  return /^(\d{4}\.\d{1,2})(\.|$|-)/.exec(authentikVersion)?.[1] ?? authentikVersion;
}

function numberOf(release: string): number {
  const [, year, month] = /^(\d{4})\.(\d{1,2})/.exec(release) ?? [];
  return year === undefined ? Number.POSITIVE_INFINITY : Number(year) * 100 + Number(month);
}

/** What a run with this release should tell. Throws `Refused` for one that nobody has read of and registrar.yaml does not allow. */
export function releaseWarnings(
  authentikVersion: string,
  { authentik }: Pick<Installation, 'authentik'>,
): readonly string[] {
  const release = releaseOf(authentikVersion);
  if (KNOWN.includes(release)) {
    if (!authentikVersion.includes('-') || RUN_EARLY.has(authentikVersion)) return [];
    return [
      `Authentik ${authentikVersion} is a pre-release, which may lack what ${release} has; the read-back proves every field`,
    ];
  }
  if (UNTRIED.includes(release) || authentik.allowVersions.includes(release))
    return [
      `Authentik ${authentikVersion} was not tried with this version of oidc-registrar; the read-back proves every field`,
    ];
  throw new RegistrarError({
    system: 'Authentik',
    kind: 'Refused',
    message: `Authentik ${authentikVersion} is not a version that oidc-registrar knows (${[...UNTRIED, ...KNOWN].join(', ')})`,
    remedy: `${hasReached(release, OLDEST) ? 'Use a newer oidc-registrar' : `Upgrade Authentik to ${OLDEST} or newer`}, or allow it in registrar.yaml: authentik.allowVersions: ["${release}"].`,
  });
}
