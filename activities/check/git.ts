import { compareFiles } from '../../core/check/files.ts';
import { repairCommand, type CheckBasis, type CheckReport, type Seen } from '../../core/check/finding.ts';
import { pathsRead } from '../../core/changes/fileChanges.ts';
import { breachesToday, policyFinding } from '../../core/check/policy.ts';
import type { Deps } from '../deps.ts';
import { leftOfSecretAt } from '../preflight/leftOfSecret.ts';
import { findRecord } from '../state/facts.ts';
import { EDIT_STEPS } from '../branch/runBranch.ts';
import { Reading } from './reading.ts';

/** The target branch: our edits are there, and exact. */
export async function checkGit(deps: Deps, basis: CheckBasis): Promise<CheckReport> {
  const reading = new Reading();
  await reading.of(async () => {
    const { registration, names, blueprint } = basis;
    const texts = new Map<string, string | undefined>();
    const kustomization = await deps.git.readFile(basis.base, deps.installation.authentik.blueprints.file);
    const layout = kustomization === undefined ? { names } : { names, kustomization };
    for (const path of pathsRead(registration, deps.installation, layout))
      texts.set(path, await deps.git.readFile(basis.base, path));
    const look = compareFiles(basis.client, {
      registration,
      installation: deps.installation,
      names,
      blueprintText: blueprint?.asked ?? blueprint?.text ?? '',
      // Without the text there is nothing to compare the blueprint with.
      steps: EDIT_STEPS.filter((step) => blueprint !== undefined || step !== 'syncBlueprint'),
      read: (path) => texts.get(path),
    });
    if (!look.present) return look;
    const policy = breachesToday({ registration, names }, deps.installation).map(policyFinding);
    return {
      ...look,
      findings: [
        ...look.findings,
        ...(await recordFindings(deps, basis)),
        ...(await leftFindings(deps, basis)),
        ...policy,
      ],
    };
  });
  return reading.result();
}

/** The client signs people in without it; but whoever reads the files would take it for a secret in use. */
async function leftFindings(deps: Deps, basis: CheckBasis): Promise<readonly Seen[]> {
  const left = await leftOfSecretAt(deps, basis);
  const remedy = 'Take out the variable, then the entry of the ExternalSecret, and last the field of the vault.';
  return left.map((what) => ({ system: 'Git', severity: 'notice', what, remedy }));
}

/** Nothing is wrong without a record; but what it would tell is then known from nowhere. */
async function recordFindings(deps: Deps, { client, base }: CheckBasis): Promise<readonly Seen[]> {
  const { path, record, problem } = await findRecord(deps, client, base);
  if (record !== undefined) return [];
  const what = problem ?? `there is no ${path}, which tells what the job made and where it brought the secret`;
  return [
    { system: 'Git', severity: 'notice', what, remedy: `The next change writes it, or: ${repairCommand(client)}` },
  ];
}
