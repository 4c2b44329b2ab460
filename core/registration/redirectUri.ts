import { z } from 'zod';
import { brokenPattern } from './redirectPattern.ts';

/** An address that a browser may be sent back to, as registrations and Authentik say it. */
export interface RedirectUri {
  readonly matchingMode: string;
  readonly url: string;
  /** Another than `authorization`, which alone gets codes: `logout`, since Authentik 2026.5. */
  readonly type?: string | undefined;
}

/** One text for a redirect URI, how it is matched, and what it is for. */
export function uriKey({ matchingMode, url, type }: RedirectUri): string {
  return `${matchingMode} ${url}${type === undefined ? '' : ` (${type})`}`;
}

/** Authentik answers no request that names one of them (RFC 9700, 4.1 tells why). */
const FORBIDDEN_SCHEMES = /^(javascript|data|vbscript):$/;

/**
 * A redirect URI must be absolute, carry no fragment (RFC 6749, 3.1.2) and no wildcard under `strict`. What stands before an `@` is no
 * host, though it reads as one, and a password there would be in Git (RFC 3986, 3.2.1 has deprecated it).
 */
function isRedirectUri(text: string): boolean {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return false;
  }
  if (/[#*\s]/.test(text) || FORBIDDEN_SCHEMES.test(url.protocol)) return false;
  if (url.username !== '' || url.password !== '') return false;
  // `https:/host` and `https:host` are read as `https://host` by a URL parser, but compared as text by Authentik.
  return /^https?:$/.test(url.protocol) ? /^https?:\/\/[^/?]/i.test(text) : true;
}

const REDIRECT_URI =
  'must be an absolute URI without user name, fragment, white space or "*" (RFC 6749, section 3.1.2)';

/** One of `spec.redirectUris`. */
export const redirectUri = z
  .union([
    z
      .string()
      .refine(isRedirectUri, REDIRECT_URI)
      .transform((url): RedirectUri => ({ matchingMode: 'strict', url })),
    z.strictObject({
      type: z
        .literal('logout')
        .optional()
        .describe('Where a browser may go once its session has ended, and no code is sent; since Authentik 2026.5'),
      matchingMode: z.enum(['strict', 'regex']).default('strict'),
      url: z.string().regex(/^\S{1,2000}$/, { error: 'must be a pattern without white space', abort: true }),
    }),
  ])
  .superRefine(({ matchingMode, url }, context) => {
    const message = matchingMode === 'regex' ? brokenPattern(url) : isRedirectUri(url) ? undefined : REDIRECT_URI;
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
