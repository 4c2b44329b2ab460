import { applicationOf as argoCdOf } from '../application.ts';
import { argoCd } from '../argoCd.ts';
import { deployAt, outlastOlderSyncs } from '../argoCdSync.ts';
import type { Elsewhere } from '../deployer.ts';
import type { Deps } from '../../deps.ts';
import { freshTarget } from '../../branch/runBranch.ts';
import { checkConsumerApplication } from './argoCdChecks.ts';
import type { ConsumerDeployer } from './deployer.ts';
import { applicationOf, differences, liveSpec, specAt, syncResourceOf, type ConsumerPlace } from './place.ts';
import { stillThere } from './shared.ts';

/**
 * The consumer's own Application deploys, by selective syncs of that one resource. It is deleted by one too, with prune: that
 * takes nothing else along, for the sync names the one resource.
 */
export const consumerByArgoCd: ConsumerDeployer = {
  check: checkConsumerApplication,
  async bring(deps, { job, place, purpose, commit, landed }) {
    const missing = async (): Promise<string | undefined> => {
      const live = await liveSpec(deps, place);
      if (live === undefined) return `there is no ${place.label}`;
      const paths = differences(await specAt(deps, place, commit), live);
      return paths.length === 0 ? undefined : `${place.label} is otherwise at ${paths.join(', ')}`;
    };
    const wanted = { job, purpose, resources: [], elsewhere: elsewhereOf(place), missing };
    await argoCd.deploy(deps, { ...wanted, commit, landed });
  },
  outlast: (deps, place) => outlastOlderSyncs(deps, applicationOf(place)),
  deploys: async (deps, place) => {
    await outlastOlderSyncs(deps, applicationOf(place));
    return (await listed(deps, place)) !== undefined;
  },
  // Automated sync need not prune; a request for the head of the target branch is not lost to it.
  remove: (deps, { job, place, purpose, commit, landed }) =>
    deployAt(deps, {
      job,
      purpose,
      commit,
      landed,
      resources: [],
      elsewhere: elsewhereOf(place),
      prune: true,
      missing: async () => (await stillThere(deps, place)) ?? (await listedAnew(deps, place)),
    }),
};

/** While the target branch names it the Application lists it, there or not: then only the look at the cluster tells. */
async function listedAnew(deps: Deps, place: ConsumerPlace): Promise<string | undefined> {
  if ((await specAt(deps, place, await freshTarget(deps))) !== undefined) return undefined;
  await outlastOlderSyncs(deps, applicationOf(place));
  return listed(deps, place);
}

/** As a sentence, that the Application has the object; as of its last comparison. */
async function listed(deps: Deps, place: ConsumerPlace): Promise<string | undefined> {
  const application = applicationOf(place);
  const { kind, namespace, name } = place.ref;
  const { resources } = await argoCdOf(deps).argocd.application(application);
  const there = resources.some((row) => row.kind === kind && row.namespace === namespace && row.name === name);
  return there ? `Application ${application} still has ${kind} ${namespace}/${name}` : undefined;
}

function elsewhereOf(place: ConsumerPlace): Elsewhere {
  return { application: applicationOf(place), resources: [syncResourceOf(place)] };
}
