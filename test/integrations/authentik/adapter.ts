import { Secret } from '../../../core/base/secret.ts';
import type { Authentik } from '../../../integrations/authentik/authentik.ts';
import { createAuthentik } from '../../../integrations/authentik/goauthentik.ts';
import { ADMIN_TOKEN, LIMITED_TOKEN, type Lab } from '../../sandbox/authentik/lab.ts';

function adapter(lab: Lab, token: string, timeoutMs: number): Promise<Authentik> {
  return createAuthentik({ url: lab.url, token: new Secret(token), timeoutMs });
}

export function asAdministrator(lab: Lab, timeoutMs = 30_000): Promise<Authentik> {
  return adapter(lab, ADMIN_TOKEN, timeoutMs);
}

/** With the job's token, which may do what the lab's grant says. */
export function asJob(lab: Lab): Promise<Authentik> {
  return adapter(lab, LIMITED_TOKEN, 30_000);
}

export function withToken(lab: Lab, token: string): Promise<Authentik> {
  return adapter(lab, token, 30_000);
}
