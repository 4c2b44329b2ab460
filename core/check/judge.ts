import { repairCommand, type CheckResult, type Finding, type CheckReport, type Seen } from './finding.ts';
import { byWeight, isOk } from './summary.ts';

/**
 * Puts the looks at all systems together. `open`: workflow ids of the runs that were open while they were looked at; `own` is the one
 * under which the client itself is changed.
 */
export function judge(
  client: string,
  looks: readonly CheckReport[],
  open: readonly string[],
  own: string,
): CheckResult {
  const seen = looks.flatMap((look) => look.findings);
  const all = neverRegistered(looks) ? [notRegistered(client, own)] : seen;
  const findings = all.map((finding) => explained(advised(client, finding, looks), open, own)).toSorted(byWeight);
  const rotatedAt = looks.find((look) => look.rotatedAt !== undefined)?.rotatedAt;
  return { client, ok: isOk(findings), findings, ...(rotatedAt === undefined ? {} : { rotatedAt }) };
}

function neverRegistered(looks: readonly CheckReport[]): boolean {
  const unreadable = looks.some((look) => look.findings.some(({ severity }) => severity === 'unreadable'));
  return !unreadable && looks.every((look) => !look.present);
}

function notRegistered(client: string, own: string): Seen {
  return {
    system: 'registration file',
    severity: 'drift',
    what: `client ${client} is not registered: no system holds anything of it`,
    remedy: `Register it: oidc-registrar register ${client}, or start registerClient as ${own}`,
    byRepair: true,
  };
}

/** A repair that would be refused is no advice. */
function advised(client: string, finding: Seen, looks: readonly CheckReport[]): Seen {
  const { repairRefused } = looks.find((look) => look.repairRefused !== undefined) ?? {};
  if (repairRefused !== undefined) return finding.byRepair === true ? { ...finding, remedy: repairRefused } : finding;
  const { beforeRepair } = looks.find((look) => look.beforeRepair !== undefined) ?? {};
  const byCommand = beforeRepair !== undefined && finding.remedy.includes(repairCommand(client));
  return byCommand ? { ...finding, remedy: beforeRepair } : finding;
}

/** An open run explains what is half done. It explains no alarm: an application and its binding come in one transaction. */
function explained({ passing, byRepair: _byRepair, ...finding }: Seen, open: readonly string[], own: string): Finding {
  if (finding.severity !== 'drift') return finding;
  const run = open.includes(own) ? own : passing === 'anyRun' ? open[0] : undefined;
  if (run === undefined) return finding;
  return { ...finding, severity: 'inProgress', remedy: `${run} is at work: wait for its end, then check again.` };
}
