/** Who deploys, as `authentik.deployBy` names it; `argocdSources` is Argo CD with an Application of several sources. */
export const DEPLOYERS = ['argocd', 'argocdSources', 'flux', 'external'] as const;
export type Deployer = (typeof DEPLOYERS)[number];

/** What a run finds in `registrar.yaml`, and by the role of its token (`mode`), apart from who deploys. */
const SETTINGS = {
  land: ['last', 'first'],
  landBy: ['push', 'pullRequest'],
  delivery: ['env', 'envFrom', 'file'],
  mode: ['apply', 'discovery'],
} as const;

export interface Setting {
  readonly deployer: Deployer;
  readonly land: (typeof SETTINGS.land)[number];
  readonly landBy: (typeof SETTINGS.landBy)[number];
  readonly delivery: (typeof SETTINGS.delivery)[number];
  readonly mode: (typeof SETTINGS.mode)[number];
}

export const JOBS = [
  'plan',
  'registerClient',
  'checkClient',
  'change',
  'repair',
  'rotateSecret',
  'deregisterClient',
] as const;
export type JobName = (typeof JOBS)[number];

/** How a run ends, or what happens to it on its way. */
export const ENDINGS = ['done', 'fails', 'cancelled', 'killed'] as const;
export type Ending = (typeof ENDINGS)[number];

/** One cell: a job under a setting, and its ending. */
export interface Cell extends Setting {
  readonly job: JobName;
  readonly ending: Ending;
}

/** Every combination of what registrar.yaml can say with every job and ending. */
export const CELLS: readonly Cell[] = DEPLOYERS.flatMap((deployer) =>
  SETTINGS.land.flatMap((land) =>
    SETTINGS.delivery.flatMap((delivery) =>
      SETTINGS.landBy.flatMap((landBy) =>
        SETTINGS.mode.flatMap((mode) =>
          JOBS.flatMap((job) => ENDINGS.map((ending) => ({ deployer, land, landBy, delivery, mode, job, ending }))),
        ),
      ),
    ),
  ),
);
