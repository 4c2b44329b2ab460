import { unlessRefused } from '../../core/base/errors.ts';
import type { CheckBasis, CheckReport } from '../../core/check/finding.ts';
import { compareSecret } from '../../core/check/secret.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { secretFacts } from '../state/secretFacts.ts';
import { Reading } from './reading.ts';

/**
 * The secret: one usable value in the vault, the same in the Secret and in Authentik, and no worker with an older one. All
 * comparisons are made here, in memory; what comes back is whether they held.
 */
export async function checkSecret(deps: Deps, basis: CheckBasis): Promise<CheckReport> {
  const reading = new Reading();
  await reading.ofSecret(basis.names, async () =>
    compareSecret(await secretFacts(deps, basis, await vaultFor(deps, basis.names).read(), unlessRefused)),
  );
  return reading.result();
}
