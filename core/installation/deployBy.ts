import { at } from '../base/own.ts';
import { DEPLOY_BY, type DeployBy, DEPLOYERS } from './deployers.ts';

/** What is told to a person whose registrar.yaml asks for the deployer of 0.1 that is gone. */
export const NO_APPLY =
  'apply is gone: the job no longer applies by itself. Set it to external, with gitops.land: first, and let whoever deploys this folder deploy the target branch (a person with kubectl apply as well as a controller), or to argocd';

interface Parts {
  readonly gitops: { readonly land: 'last' | 'first' };
  readonly authentik: {
    readonly deployBy: DeployBy;
    readonly helmRelease?: string | undefined;
    readonly deployment: { readonly valuesPath?: string | undefined };
  };
}

export interface BrokenRule {
  readonly path: readonly string[];
  readonly message: string;
}

/** What of the settings does not go together with `authentik.deployBy`: nothing is ignored in silence. */
export function brokenDeployBy(parts: Parts): readonly BrokenRule[] {
  const { gitops, authentik } = parts;
  const { deployBy, deployment } = authentik;
  const { name, needs, takes, deploysCommits } = DEPLOYERS[deployBy];
  const broken: BrokenRule[] = [];
  const add = (path: string, message: string): void => void broken.push({ path: path.split('.'), message });
  const likely = likelyDeployer(parts);
  for (const setting of new Set(Object.values(DEPLOYERS).flatMap((each) => [...each.needs, ...each.takes]))) {
    const [isNeeded, isThere] = [needs.includes(setting), at(parts, ...setting.split('.')) !== undefined];
    if (isNeeded && !isThere)
      add(
        setting,
        `is missing: ${name} deploys (authentik.deployBy: ${deployBy}). Add it, or set deployBy to ${likely ?? 'external'}`,
      );
    if (!isNeeded && !takes.includes(setting) && isThere)
      add(
        setting,
        `is not used: authentik.deployBy is ${deployBy}. Remove it${likely === undefined ? '' : `, or set deployBy to ${likely}`}`,
      );
  }
  if (
    takes.includes('authentik.helmRelease') &&
    deployment.valuesPath !== undefined &&
    authentik.helmRelease === undefined
  )
    add(
      'authentik.helmRelease',
      'is missing: Helm makes the Deployment (authentik.deployment.valuesPath). Name the HelmRelease that does, as name or namespace/name',
    );
  if (!deploysCommits && gitops.land === 'last')
    add(
      'gitops.land',
      `must be "first" where authentik.deployBy is ${deployBy}: whoever follows the target branch deploys nothing before it has landed`,
    );
  return broken;
}

/** Another deployer than the one that is chosen, or that goes without saying, whose own settings are there. */
function likelyDeployer(parts: Parts): DeployBy | undefined {
  const { deployBy } = parts.authentik;
  const settings = (each: DeployBy) => [...DEPLOYERS[each].needs, ...DEPLOYERS[each].takes];
  return DEPLOY_BY.find(
    (each) =>
      each !== deployBy &&
      settings(each).some(
        (setting) => !settings(deployBy).includes(setting) && at(parts, ...setting.split('.')) !== undefined,
      ),
  );
}
