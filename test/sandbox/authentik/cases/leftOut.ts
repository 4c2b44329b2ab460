import type { LeftOut } from './case.ts';

const SESSION = 'needs the browser session of a logged-in user, and nobody can log in to the stand-in';

/** Recordings that are not played again, and why. */
export const LEFT_OUT: Readonly<Record<string, LeftOut>> = {
  '03-authorize-not-in-group': `${SESSION}: Authentik shows its page "permission denied"`,
  '03-authorize-ok': `${SESSION}: Authentik sends an authorization code`,
};
