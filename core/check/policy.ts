import type { Seen } from './finding.ts';
import { allowLine, type Breach } from '../policy/breach.ts';
import { breaches, NOTHING_STANDS, OWN_NAMES, type Rules } from '../policy/judge.ts';

/** What today's policy would refuse of a client that stands: its names are those that it has. Pure. */
export function breachesToday(
  asked: Omit<Parameters<typeof breaches>[0], 'inline'>,
  installation: Rules,
): readonly Breach[] {
  return breaches({ ...asked, inline: false }, installation, { ...NOTHING_STANDS, names: OWN_NAMES });
}

/** Such a client is as asked, and nothing holds it up; but its like would not be registered any more. */
export function policyFinding(breach: Breach): Seen {
  const allow = allowLine(breach);
  return {
    system: 'registration file',
    severity: 'notice',
    what: `${sentence(breach)}; it stands, and is not judged again`,
    remedy:
      allow === undefined
        ? 'Take it out of the registration when it may go; no policy allows it.'
        : `Take it out of the registration when it may go, or have registrar.yaml allow it: ${allow}`,
  };
}

/** A breach as the warning of a run that passes by it and changes nothing of it. */
export function policyWarning(breach: Breach): string {
  const allow = allowLine(breach);
  return `today's policy would refuse ${sentence(breach)}${allow === undefined ? '' : ` (${allow} would allow it)`}`;
}

function sentence({ field, message }: Breach): string {
  return `${field}: ${message}`;
}
