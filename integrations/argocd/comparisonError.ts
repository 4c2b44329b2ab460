import { masked } from '../../core/masking/masked.ts';
import type { ComparisonError } from './argocd.ts';

/**
 * The repository server's own words for manifests that do not render: a program that refuses them, a folder that is not there, a
 * file that is no YAML. It has no codes for these: all come as `code = Unknown` or `FailedPrecondition`.
 */
const OF_MANIFESTS =
  /failed exit status \d|app path does not exist|failed to unmarshal|error unmarshaling JSON|error converting YAML to JSON|mapping key .+ already defined/i;

/** Words of what may pass, for a program can fail of that too: a network, a remote base, a chart's repository, credentials, a full machine. */
const MAY_PASS =
  /:\/\/|git@|\b(dial|lookup|git|EOF|TLS|x509|429|5\d\d|fetch|clone|pull|dependency|plugin|killed|memory)\b|time(d )?-?out|connection|temporar|unavailable|deadline|authentication|authorization|unauthorized|denied|forbidden|rate limit|resolve|no space|too many/i;

/** The condition of type ComparisonError, and whether waiting may mend it. */
export function comparisonErrorOf(
  conditions: readonly { readonly type?: string; readonly message?: string }[],
): ComparisonError | undefined {
  const condition = conditions.find(({ type }) => type === 'ComparisonError');
  if (condition === undefined) return undefined;
  const { message = '' } = condition;
  return { message: masked(message), ofManifests: OF_MANIFESTS.test(message) && !MAY_PASS.test(message) };
}
