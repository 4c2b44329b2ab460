/** What is wrong with the issuer that Authentik tells, and what a person can do about it. */
export interface IssuerWarning {
  readonly what: string;
  readonly remedy: string;
}

/**
 * An issuer of another scheme or host than `authentik.url`, by which consumers are told theirs: they refuse its tokens. Since 2026.8
 * Authentik takes both from forwarded headers only where a proxy that it trusts sends them (release notes). Undefined where it is not.
 */
export function issuerWarning(url: string, issuer: string): IssuerWarning | undefined {
  const [asked, told] = [url, issuer].map((address) => (URL.canParse(address) ? new URL(address).origin : address));
  if (asked === told) return undefined;
  return {
    what: `the issuer that Authentik tells is of ${told}, and authentik.url is of ${asked}: a consumer refuses tokens of another issuer than its own`,
    remedy:
      "Name the network of the ingress in AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS of Authentik's server, for it counts forwarded headers from trusted proxies alone, or set AUTHENTIK_WEB__BASE_URL; where people do reach Authentik at the other address, name that as authentik.url.",
  };
}
