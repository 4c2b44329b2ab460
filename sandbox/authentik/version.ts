import { DIALECTS, type SecretDialect } from './dialects.ts';

/**
 * What a release of Authentik has. Of 2026.2 and 2026.5 it was recorded; 2026.8 is as its schema says
 * (`@goauthentik/api` 2026.8.3), 2026.11 as upstream's drafts say.
 */
export interface Version {
  /** As `2026.5.0`. */
  readonly text: string;
  /** `core/users/me/` lists the roles. */
  readonly rolesOfMe: boolean;
  readonly grantTypes: boolean;
  readonly redirectUriTypes: boolean;
  readonly frontchannelLogout: boolean;
  /** Grant of RFC 8693. */
  readonly tokenExchange: boolean;
  /** Policy bindings have `expires` and `expiring`. */
  readonly bindingsExpire: boolean;
  /** A blueprint may write them. By the schema nobody may; nobody has tried, so behaviour `expiryByBlueprint` lets it. */
  readonly expiryByBlueprint: boolean;
  /** `aggregated_status` of a task tells what it logged. */
  readonly statusOfLogs: boolean;
  /** Client secrets are objects of their own, and the hash of a blueprint counts the files that it reads (drafts of 2026.11). */
  readonly secrets: SecretDialect | undefined;
  /** Fields of rows that older releases do not answer: `meta_hide` and `pbm_uuid` of an application, `is_current` of a user, and the like. */
  readonly fieldsOf2026_8: boolean;
}

export function versionOf(text: string): Version {
  const [year = 0, month = 0] = text.split('.').map(Number);
  const since = (thatYear: number, thatMonth: number): boolean =>
    year > thatYear || (year === thatYear && month >= thatMonth);
  return {
    text,
    rolesOfMe: since(2025, 12),
    grantTypes: since(2026, 5),
    redirectUriTypes: since(2026, 5),
    frontchannelLogout: since(2026, 5),
    tokenExchange: since(2026, 8),
    bindingsExpire: since(2026, 8),
    expiryByBlueprint: false,
    statusOfLogs: since(2026, 8),
    fieldsOf2026_8: since(2026, 8),
    secrets: since(2026, 11) ? DIALECTS.newest : undefined,
  };
}
