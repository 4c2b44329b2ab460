import { describe, expect, it } from 'vitest';
import { mustEnd } from '../../fixtures/ends.ts';
import { brokenPattern } from '../../../core/registration/redirectPattern.ts';

const raw = String.raw;

describe('a redirect URI that is a pattern', () => {
  it.each([
    raw`https://(wiki|plans|prints)\.orchard\.example/oauth2/callback`,
    raw`^https://[a-z0-9-]+\.orchard\.example/.*$`,
    raw`https:\/\/wiki\.orchard\.example\/cb`,
    raw`https?://wiki\.orchard\.example:8443/cb`,
    raw`http://localhost:\d+/callback`,
    raw`app\.immich:///oauth-callback.*`,
    raw`https://wiki\.orchard\.example`,
    raw`https://([a-z]+\.)*orchard\.example/cb`,
    raw`https://(?:wiki|plans\.[a-z]+)\.orchard\.(example|test)/+cb`,
    raw`com\.orchard\+app-1:/cb`,
  ])('may be %s', (pattern) => {
    expect(brokenPattern(pattern)).toBeUndefined();
  });

  it.each([
    '.*',
    '.+',
    '^.*$',
    raw`https?://.*`,
    raw`https://.*\.orchard\.example/cb`,
    raw`https://[^/]+\.orchard\.example/cb`,
    raw`https://wiki.orchard.example/cb`,
    raw`https://wiki\.orchard\.example.*`,
    raw`https://wiki\.orchard\.exampl[a-z]*`,
    raw`https://(.*)/cb`,
    raw`https://wiki\.orchard\.example:(.*)/cb`,
    raw`https://\S+/cb`,
    raw`https://wiki\.orchard\.example/cb|.*`,
    raw`(https://wiki\.orchard\.example/cb|.*)`,
    'javascript:.*',
    raw`^data:text/html,.*`,
    // What these match is in another host.
    raw`https://wiki\.orchard\.example/?.*`,
    raw`https://wiki\.orchard\.example\/*.*`,
    raw`https://wiki\.orchard\.example/{0}.*`,
    raw`https://wiki\.orchard\.example/{,0}.*`,
    raw`https://(wiki\.orchard\.example/|.*)cb`,
    raw`https://wiki(\.orchard\.example)?/cb`,
    raw`https://[a-z]+\.[a-z]+le/cb`,
    raw`https://(wiki|[a-z]+\.[a-z]+(le|st))/cb`,
    raw`HTTPS://.*`,
    raw`htt+ps://.*`,
    '(a+)+$(',
    '[',
    '',
  ])('may not be %s', (pattern) => {
    expect(brokenPattern(pattern)).toBeDefined();
  });

  it.each([
    ['letters', `${'a'.repeat(1_900)}!`],
    ['letters and dots', `${raw`a\.`.repeat(900)}!`],
    ['alternatives', `https://${'(a|b)'.repeat(390)}!`],
    ['parentheses', `https://${'(?:'.repeat(600)}`],
  ])('is judged at once, whatever it is made of: %s', (_what, pattern) => {
    expect(mustEnd(() => brokenPattern(pattern))).toBeDefined();
  });
});
