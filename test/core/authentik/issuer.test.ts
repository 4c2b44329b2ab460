import { expect, it } from 'vitest';
import { issuerWarning } from '../../../core/authentik/issuer.ts';

const URL_OF = 'https://sso.example';

it.each([
  ['https://sso.example/application/o/zot/', undefined],
  ['https://sso.example:443/', undefined],
  ['http://sso.example/application/o/zot/', 'http://sso.example'],
  ['https://authentik-server:9443/application/o/zot/', 'https://authentik-server:9443'],
  ['https://sso.example:8443/application/o/zot/', 'https://sso.example:8443'],
  ['not an address', 'not an address'],
])('an issuer %s', (issuer, told) => {
  const warning = issuerWarning(URL_OF, issuer);
  expect(warning?.what).toBe(
    told &&
      `the issuer that Authentik tells is of ${told}, and authentik.url is of ${URL_OF}: a consumer refuses tokens of another issuer than its own`,
  );
  expect(warning?.remedy ?? 'AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS').toContain('AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS');
});
