import { RegistrarError } from '../core/errors.ts';
import type { Job } from '../core/run.ts';
import type { FoundState } from '../core/wantedState.ts';
import type { ApplicationRow, BlueprintInstance, FindModel, ProviderState } from '../integrations/authentik/authentik.ts';
import type { Deps } from './deps.ts';

/** The one instance of a path; never by name alone. Throws `Collision` where two rows share the path. */
export async function oneInstance(deps: Deps, path: string): Promise<BlueprintInstance | undefined> {
  const rows = await deps.authentik.instancesByPath(path);
  if (rows.length <= 1) return rows[0];
  throw new RegistrarError({
    system: 'Authentik',
    kind: 'Collision',
    message: `${rows.length} blueprint instances have the path ${path}: ${rows.map((row) => `"${row.name}"`).join(', ')}`,
    remedy: 'Delete all but one of them in the admin interface, Customization > Blueprints.',
  });
}

/** The one object that a `!Find` must resolve to: no match can silently weaken a provider (no signing key means HS256). */
export async function findOne(deps: Deps, model: FindModel, key: string): Promise<string> {
  const found = await deps.authentik.find(model, key);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new RegistrarError({
    system: 'Authentik',
    kind: found.length === 0 ? 'NotFound' : 'Collision',
    message: `${found.length === 0 ? 'no' : String(found.length)} ${model} named "${key}" in Authentik; the blueprint needs exactly one`,
    remedy: `Create or rename it in Authentik, or name another one in the registration or in registrar.yaml (${model}).`,
  });
}

/** What Authentik holds of this client now, for the exact-set comparison; no secret in it. */
export async function readFound(deps: Deps, job: Pick<Job, 'names' | 'registration'>): Promise<FoundState> {
  const { authentik } = deps;
  const application = await authentik.application(job.names.slug);
  const provider = await providerOf(deps, job, application);
  const groups = await Promise.all(job.registration.spec.groups.map((group) => authentik.group(group.name)));
  const usernames = job.registration.spec.groups.flatMap((group) => group.serviceAccounts.map((account) => account.username));
  const users = await Promise.all(usernames.map((username) => authentik.user(username)));
  return {
    application,
    provider: provider === undefined ? undefined : withoutSecret(provider),
    bindings: application === undefined ? [] : await authentik.bindings(application.pk),
    groups: groups.filter((group) => group !== undefined),
    users: users.filter((user) => user !== undefined),
  };
}

async function providerOf(
  deps: Deps,
  job: Pick<Job, 'names'>,
  application: ApplicationRow | undefined,
): Promise<ProviderState | undefined> {
  if (application?.provider !== undefined && application.provider !== null) {
    return deps.authentik.providerByPk(application.provider);
  }
  return deps.authentik.providerByName(job.names.providerName);
}

function withoutSecret(provider: ProviderState): Omit<ProviderState, 'clientSecret'> {
  const { clientSecret: _secret, ...rest } = provider;
  return rest;
}
