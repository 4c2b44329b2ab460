import type { RemovalReport } from '../../core/run/deregistration.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { notTrue, type Check } from '../../core/run/reports.ts';
import type { Job } from '../../core/run/job.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import { liveConsumersOf } from '../consumers/live.ts';
import { textWithout } from '../state/liveSection.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { describe, hasOurEntry, resourcesOf } from '../state/ourResources.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import { secretOf } from '../state/vaultSecret.ts';

/**
 * Proves that the client is gone, each by a look of its own: no resource names it, no worker has its blueprint, Authentik has
 * neither application nor provider, and refuses the secret. Throws `Failed` listing what is not true.
 */
export async function verifyRemoval(
  deps: Deps,
  job: Job,
): Promise<RemovalReport & { readonly checks: readonly Check[] }> {
  await assertStillLive(deps, job, ['configMap', 'deployment', 'externalSecret']);
  const checks = [
    await liveCheck(deps, job),
    ...(await consumerChecks(deps, job)),
    await mountCheck(deps, job),
    ...(deps.installation.authentik.undo === 'keep' ? [] : await authentikChecks(deps, job)),
  ];
  const wrong = checks.filter((check) => !check.ok);
  if (wrong.length > 0) throw failed(job, wrong);
  return { checks, note: `${checks.length} of ${checks.length} checks true` };
}

async function liveCheck(deps: Deps, job: Job): Promise<Check> {
  const naming: string[] = [];
  for (const resource of resourcesOf(job.names)) {
    if (!(await hasOurEntry(deps, job, resource))) continue;
    naming.push(describe(deps, resource));
  }
  const ok = naming.length === 0;
  return { name: 'no live resource names the client', ok, detail: ok ? 'none' : naming.join(', ') };
}

/** One that came back, as by a sync of the target branch, would read a field that goes out of service next. */
async function consumerChecks(deps: Deps, job: Job): Promise<readonly Check[]> {
  return Promise.all(
    liveConsumersOf(deps, job).map(async (consumer) => {
      const still = await consumer.lingering();
      return { name: `there is no ${consumer.label}`, ok: still === undefined, detail: still ?? 'gone' };
    }),
  );
}

async function mountCheck(deps: Deps, job: Job): Promise<Check> {
  const files = await deps.authentik.available();
  const listed: string[] = [];
  for (const part of bySection(job)) {
    const file = files.find(({ path }) => path === part.names.blueprintPath);
    const isRest = await textWithout(deps, part);
    if (file !== undefined && (await isRest?.(file.hash)) !== true) listed.push(file.path);
  }
  const ok = listed.length === 0;
  return {
    name: 'no Authentik worker has the blueprint',
    ok,
    detail: ok ? 'not listed' : `${listed.join(', ')} ${listed.length === 1 ? 'is' : 'are'} listed`,
  };
}

async function authentikChecks(deps: Deps, job: Job): Promise<readonly Check[]> {
  const { names, removal } = job;
  const others = removal?.ours.application === false;
  const application = await deps.authentik.application(names.slug);
  const document = await deps.authentik.discoveryDocument(names.slug);
  const provider = await deps.authentik.providerByClientId(names.clientId);
  const gone = (name: string, found: boolean): Check => ({ name, ok: !found, detail: found ? 'it is there' : 'gone' });
  return [
    ...(others
      ? []
      : [
          gone(`Authentik has no application ${names.slug}`, application !== undefined),
          gone('the OIDC discovery endpoint does not answer for the client', document !== undefined),
        ]),
    gone(`Authentik has no provider of client id ${names.clientId}`, provider !== undefined),
    ...(job.before.vaultField ? [await secretCheck(deps, job)] : []),
  ];
}

async function secretCheck(deps: Deps, { names }: Job): Promise<Check> {
  const secret = secretOf(await vaultFor(deps, names).read(), names.vaultField);
  const ok = (await deps.authentik.testSecret(names.clientId, secret)) === 'wrong';
  return { name: "Authentik refuses the vault's secret", ok, detail: ok ? 'refused' : 'it is accepted' };
}

function failed(job: Job, wrong: readonly Check[]): RegistrarError {
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Failed',
    message: `${job.client} is not gone: ${notTrue(wrong)}`,
    remedy: 'See what else makes or holds it in Authentik, then start again.',
  });
}
