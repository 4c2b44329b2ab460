/** What a release of Authentik has; recorded of 2026.2 and 2026.5. */
export interface Version {
  /** As `2026.5.0`. */
  readonly text: string;
  /** `core/users/me/` lists the roles. */
  readonly rolesOfMe: boolean;
  readonly grantTypes: boolean;
  readonly redirectUriTypes: boolean;
  readonly frontchannelLogout: boolean;
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
  };
}
