import { describe, expect, it } from 'vitest';
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
    '(a+)+$(',
    '[',
    '',
  ])('may not be %s', (pattern) => {
    expect(brokenPattern(pattern)).toBeDefined();
  });
});
