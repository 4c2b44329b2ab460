import { RegistrarError } from '../../core/base/errors.ts';
import { notTrue, type Check, type StepReport } from '../../core/run/reports.ts';
import type { Job } from '../../core/run/job.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import { compareState } from '../../core/authentik/wantedState.ts';
import { acceptsSecret } from '../state/acceptsSecret.ts';
import { oneInstance, readFound } from '../state/authentikState.ts';
import { consumerChecks } from '../consumers/live.ts';
import { foreignIssuer } from '../state/issuer.ts';
import { awaitedText } from '../state/liveSection.ts';
import type { Deps } from '../deps.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { clientSecret, vaultFor } from '../state/clientVault.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import { idValue } from '../state/keptId.ts';
import { fieldOf } from '../state/vaultSecret.ts';

/**
 * The verification points, each proven by a look of its own: the application is there with its provider, the discovery document
 * names it, the blueprint is successful, groups and service accounts exist; then the secret, with a negative control, the
 * redirect URIs, and that the application is open to nobody it should not be. Throws `Failed` listing what is not true.
 */
export async function verifyRegistration(
  systems: Deps,
  job: Job,
): Promise<StepReport & { readonly checks: readonly Check[] }> {
  const deps = askedOnce(systems);
  await assertStillLive(deps, job, ['configMap', 'deployment', 'externalSecret']);
  const checks = [
    await applicationCheck(deps, job),
    await discoveryCheck(deps, job),
    ...(await statusChecks(deps, job)),
    await groupsCheck(deps, job),
    await secretCheck(deps, job),
    ...(await idChecks(deps, job)),
    ...(await redirectChecks(deps, job)),
    await stateCheck(deps, job),
    ...(await consumerChecks(deps, job)),
  ];
  const wrong = checks.filter((check) => !check.ok);
  if (wrong.length > 0) throw failed(job, wrong);
  const issuer = await foreignIssuer(deps, job.names);
  return {
    checks,
    note: `${checks.length} of ${checks.length} checks true`,
    ...(issuer === undefined ? {} : { warnings: [`${issuer.what}. ${issuer.remedy}`] }),
  };
}

async function applicationCheck(deps: Deps, job: Job): Promise<Check> {
  const application = await deps.authentik.application(job.names.slug);
  const ok = application !== undefined && application.provider !== null;
  const detail =
    application === undefined
      ? 'Authentik has no such application'
      : ok
        ? `"${application.name}", provider ${application.provider}`
        : 'it has no provider';
  return { name: `Authentik shows application ${job.names.slug}`, ok, detail };
}

async function discoveryCheck(deps: Deps, job: Job): Promise<Check> {
  const document = await deps.authentik.discoveryDocument(job.names.slug);
  const own = `/application/o/${job.names.slug}/`;
  const path = document === undefined ? undefined : new URL(document.issuer).pathname;
  const isGlobal = job.registration.spec.provider?.issuerMode === 'global';
  const ok = isGlobal ? path?.includes('/application/o/') === false : path?.endsWith(own) === true;
  return {
    name: 'the OIDC discovery endpoint answers for the client',
    ok,
    detail: document?.issuer ?? 'Authentik answers 404',
  };
}

async function statusChecks(deps: Deps, job: Job): Promise<readonly Check[]> {
  const parts = bySection(job);
  const checks = await Promise.all(parts.map((part) => statusCheck(deps, part)));
  if (parts.length === 1) return checks;
  return checks.map((check, i) => ({ ...check, name: `${check.name}: ${parts[i]?.names.blueprintPath}` }));
}

async function statusCheck(deps: Deps, job: Job): Promise<Check> {
  const instance = await oneInstance(deps, job.names.blueprintPath);
  const isOurs = await awaitedText(deps, job);
  const applied = instance?.enabled === true && (await isOurs(instance.lastAppliedHash));
  const detail =
    instance === undefined
      ? 'there is no instance'
      : `status ${instance.status}, ${applied ? 'our text' : 'another text or disabled'}`;
  // Nothing but a person's apply clears an old pod's "error" in discovery mode: there hash and read-back are the proof.
  if (job.mode === 'discovery' && applied && instance.status !== 'successful')
    return { name: "the blueprint's text is applied, by hash and objects", ok: true, detail };
  const ok = applied && instance.status === 'successful';
  return { name: 'the blueprint status is successful, asked by API', ok, detail };
}

async function groupsCheck(deps: Deps, job: Job): Promise<Check> {
  const { groups } = job.registration.spec;
  const missing: string[] = [];
  for (const wanted of groups) {
    const group = await deps.authentik.group(wanted.name);
    if (group === undefined) missing.push(`group ${wanted.name}`);
    for (const account of wanted.serviceAccounts) {
      if (!group?.users.some((user) => user.username === account.username))
        missing.push(`${account.username} in ${wanted.name}`);
    }
  }
  const asked = groups
    .map((group) => [group.name, ...group.serviceAccounts.map((account) => account.username)].join(' with '))
    .join(', ');
  const detail = missing.length > 0 ? `missing: ${missing.join(', ')}` : asked || 'none asked for';
  return { name: 'groups exist with their service accounts', ok: missing.length === 0, detail };
}

async function secretCheck(deps: Deps, job: Job): Promise<Check> {
  const { clientId } = job.names;
  const secret = await clientSecret(deps, job.names);
  if (secret === undefined) return noSecretCheck(deps, clientId);
  const accepted = await acceptsSecret(deps, clientId, secret);
  const name = 'Authentik accepts the secret of the vault and no other';
  return { name, ok: accepted === 'right', detail: ACCEPTED[accepted] };
}

/**
 * Of a public client any two values are as good as each other where a confidential one is asked for its secret, so that no app needs
 * one. That PKCE is asked for no request proves from without: an app begins it.
 */
async function noSecretCheck(deps: Deps, clientId: string): Promise<Check> {
  const accepted = await acceptsSecret(deps, clientId, deps.generateSecret());
  const ok = accepted === 'anything';
  return { name: 'Authentik asks the client for no secret', ok, detail: ok ? 'it needs none' : 'it is asked for one' };
}

/** Nothing but the vault's field brings Authentik the id at its next apply. */
async function idChecks(deps: Deps, { names }: Job): Promise<readonly Check[]> {
  if (names.keptId === undefined) return [];
  const label = names.keptId.vaultField;
  const ok = fieldOf(await vaultFor(deps, names).read(), label)?.value.equals(idValue(names)) === true;
  const name = 'the vault keeps the client id that Authentik has';
  return [{ name, ok, detail: ok ? `in field ${label}` : `field ${label} does not hold it` }];
}

const ACCEPTED = {
  right: 'right for the vault value, refused for another',
  wrong: 'the vault value is refused',
  anything: 'any secret is accepted',
} as const;

async function redirectChecks(deps: Deps, job: Job): Promise<readonly Check[]> {
  const { clientId } = job.names;
  const { scopes, redirectUris } = job.registration.spec;
  const strict = redirectUris.filter(({ matchingMode, type }) => matchingMode === 'strict' && type === undefined);
  const checks = await Promise.all(
    strict.map(async ({ url }) => {
      const answer = await deps.authentik.testRedirectUri(clientId, url, scopes);
      return { name: `a login may return to ${url}`, ok: answer === 'accepted', detail: answer };
    }),
  );
  const stranger = 'https://unregistered.invalid/callback';
  const control = await deps.authentik.testRedirectUri(clientId, stranger, scopes);
  return [...checks, { name: 'a login may not return elsewhere', ok: control === 'rejected', detail: control }];
}

/** The access lint: bindings, redirect URIs, mappings and groups as an exact set. */
async function stateCheck(deps: Deps, job: Job): Promise<Check> {
  const differences = compareState(job.wanted, await readFound(deps, job));
  const detail = differences.length === 0 ? 'as asked' : differences.join('; ');
  return { name: 'provider, bindings and groups read back as an exact set', ok: differences.length === 0, detail };
}

function failed(job: Job, wrong: readonly Check[]): RegistrarError {
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Failed',
    message: `verification of ${job.client} failed: ${notTrue(wrong)}`,
    remedy: 'See what else changes this client in Authentik, then start again.',
  });
}
