import type { DeployBy } from '../../../core/installation/deployBy.ts';
import type { Deps } from '../../deps.ts';
import { waitUntil } from '../../kit/wait.ts';
import { consumerByArgoCd } from './byArgoCd.ts';
import type { ConsumerDeployer } from './deployer.ts';
import { differences, liveSpec, specAt, type ConsumerPlace } from './place.ts';
import { refuseApplication, stillThere } from './shared.ts';

const REMEDY = 'See that whoever deploys the target branch does so: a controller that is suspended, or a person.';

/** Somebody else deploys what is on the target branch; it is waited for. */
const byOthers: ConsumerDeployer = {
  check: async (_deps, _job, place) => refuseApplication(place),
  async bring(deps, { place, commit }) {
    await waitUntil('Kubernetes', REMEDY, deps.installation.timings.pollMs, async () => {
      const still = await otherThan(deps, place, commit);
      return still === undefined ? { done: undefined } : { waiting: `${still}; somebody else deploys it` };
    });
  },
  outlast: async () => undefined,
  deploys: async () => false,
  async remove(deps, { place }) {
    const { pollMs, absentForMs } = deps.installation.timings;
    let absentSince: number | undefined;
    await waitUntil('Kubernetes', REMEDY, Math.min(pollMs, absentForMs / 4), async () => {
      const still = await stillThere(deps, place);
      if (still !== undefined) {
        absentSince = undefined;
        return { waiting: `${still}; the target branch no longer names it, somebody else deletes it` };
      }
      absentSince ??= Date.now();
      return Date.now() - absentSince >= absentForMs
        ? { done: undefined }
        : { waiting: `${place.label} is gone just now` };
    });
  },
};

/** As a sentence, that the live spec is not what Git says at a commit. */
async function otherThan(deps: Deps, place: ConsumerPlace, commit: string): Promise<string | undefined> {
  const [wanted, live] = [await specAt(deps, place, commit), await liveSpec(deps, place)];
  if (live === undefined) return `there is no ${place.label}`;
  const paths = differences(wanted, live);
  return paths.length === 0 ? undefined : `${place.label} is otherwise at ${paths.join(', ')}`;
}

const DEPLOYERS: Readonly<Record<DeployBy, ConsumerDeployer>> = {
  argocd: consumerByArgoCd,
  external: byOthers,
};

/** The deployer that registrar.yaml chooses. */
export function consumerDeployerOf(deps: Pick<Deps, 'installation'>): ConsumerDeployer {
  return DEPLOYERS[deps.installation.authentik.deployBy];
}
