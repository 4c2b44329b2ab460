import { repairCommand, type Look, type Seen } from './finding.ts';

export interface RunFacts {
  readonly client: string;
  /** Branches of the client's runs, and whether what they hold has landed. */
  readonly branches: readonly { readonly name: string; readonly landed: boolean }[];
  /** Applications whose turn is held, or was abandoned, by a run of this client that is not open. */
  readonly deadTurns: readonly string[];
}

/** What runs of the client left behind. An open run has a branch and a turn too: that is its work. */
export function compareRuns({ client, branches, deadTurns }: RunFacts): Look {
  const drift = (system: Seen['system'], what: string): Seen => ({
    system,
    severity: 'drift',
    what,
    remedy: repairCommand(client),
  });
  return {
    present: branches.length > 0 || deadTurns.length > 0,
    findings: [
      ...branches.map(({ name, landed }) =>
        drift(
          'Git',
          landed ? `branch ${name} has landed and was not deleted` : `branch ${name} is of a run that ended half-way`,
        ),
      ),
      ...deadTurns.map((application) =>
        drift('Kubernetes', `the turn at Application ${application} is held by a run that is not open`),
      ),
    ],
  };
}
