import { compareFiles } from '../../core/check/files.ts';
import type { CheckBasis, Look } from '../../core/check/finding.ts';
import { pathsRead } from '../../core/fileChanges.ts';
import type { Deps } from '../deps.ts';
import { EDIT_STEPS } from '../runBranch.ts';
import { beating } from '../wait.ts';
import { Reading } from './reading.ts';

/** The target branch: our edits are there, and exact. */
export async function checkGit(deps: Deps, basis: CheckBasis): Promise<Look> {
  return beating(async () => {
    const reading = new Reading();
    await reading.of(async () => {
      const { registration, names, blueprint } = basis;
      const texts = new Map<string, string | undefined>();
      for (const path of pathsRead(registration, deps.installation))
        texts.set(path, await deps.git.readFile(basis.base, path));
      return compareFiles(basis.client, {
        registration,
        installation: deps.installation,
        names,
        blueprintText: blueprint?.asked ?? blueprint?.text ?? '',
        // Without the text there is nothing to compare the blueprint with.
        steps: EDIT_STEPS.filter((step) => blueprint !== undefined || step !== 'syncBlueprint'),
        read: (path) => texts.get(path),
      });
    });
    return reading.result();
  });
}
