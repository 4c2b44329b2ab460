import { expect, it } from 'vitest';
import { launchUrlOf } from '../../../sandbox/authentik/out/provider.ts';

// What Python's urlparse(url)._replace(path="") gives, printed by Python 3.11.
it.each([
  ['https://registry.example/zot/auth/callback/oidc', 'https://registry.example'],
  ['https://h.example:8443/callback?a=b', 'https://h.example:8443?a=b'],
  [
    String.raw`https://(wiki|plans)\.orchard\.example/oauth2/callback`,
    String.raw`https://(wiki|plans)\.orchard\.example`,
  ],
  ['app.immich:///oauth-callback', 'app.immich:'],
  ['org.jellyfin.mobile://login-callback', 'org.jellyfin.mobile://login-callback'],
  ['https://[a-z]+.example/callback', null],
  [undefined, null],
])('the launch URL of %s is guessed as %s', (uri, guessed) => {
  expect(launchUrlOf(uri)).toBe(guessed);
});
