import { command, eitherWay } from '../run/commands.ts';
import { byRepair, type CheckReport, type Remedy, type Seen } from './finding.ts';

/** `run`: a run's own; `proposal`: what people merge to land its change; `undo`: what they merge to take it back. */
export type BranchKind = 'run' | 'proposal' | 'undo';

export interface FoundBranch {
  readonly name: string;
  readonly kind: BranchKind;
  /** What it brings is on the target branch, by whatever way. */
  readonly landed: boolean;
  /** The run's own branch is gone, so no run of the client would find this one. */
  readonly orphan: boolean;
  /** Of a deregistration. */
  readonly removal: boolean;
}

export interface DeadTurn {
  /** The Application. */
  readonly name: string;
  /** Of a deregistration. */
  readonly removal: boolean;
}

export interface RunFacts {
  readonly client: string;
  readonly branches: readonly FoundBranch[];
  /** Where the turn is held, or was abandoned, by a run of this client that is not open. */
  readonly deadTurns: readonly DeadTurn[];
}

/** What runs of the client left behind. An open run has a branch and a turn too: that is its work. */
export function compareRuns({ client, branches, deadTurns }: RunFacts): CheckReport {
  const drift = (system: Seen['system'], what: string, remedy: Remedy): Seen => ({
    system,
    severity: 'drift',
    what,
    ...remedy,
  });
  return {
    present: branches.length > 0 || deadTurns.length > 0,
    findings: [
      ...branches.map((branch) => drift('Git', `branch ${branch.name} ${stateOf(branch)}`, remedyOf(client, branch))),
      ...deadTurns.map(({ name, removal }) =>
        drift(
          'Kubernetes',
          `the turn at Application ${name} is held by a ${removal ? 'deregistration' : 'run'} that is not open`,
          removal ? { remedy: eitherWay('deregister', client) } : byRepair(client),
        ),
      ),
    ],
    ...(branches.some(({ kind, removal }) => kind === 'run' && removal)
      ? { repairRefused: `A deregistration ended half-way. ${eitherWay('deregister', client)}` }
      : {}),
  };
}

function stateOf({ kind, landed, removal }: FoundBranch): string {
  if (landed) return 'has landed and was not deleted';
  const whose = `a ${removal ? 'deregistration' : 'run'} that ended half-way`;
  return {
    run: `is of ${whose}`,
    proposal: `proposes the change of ${whose}`,
    undo: `proposes to take back the change of ${whose}`,
  }[kind];
}

/** What a run of the client does not find it does not delete either. */
function remedyOf(client: string, { name, kind, landed, orphan, removal }: FoundBranch): Remedy {
  if (kind !== 'run' && orphan) return { remedy: `\`git push origin --delete ${name}\`` };
  if (removal) return { remedy: remedyOfRemoval(client, kind, landed) };
  if (kind !== 'undo') return byRepair(client);
  const takeBack = `run ${command('register', client, '--take-back')}`;
  return landed
    ? { remedy: `To remove the rest, ${takeBack}.` }
    : byRepair(client, (repair) => `Merge it and ${takeBack}; or keep the change: ${repair}`);
}

function remedyOfRemoval(client: string, kind: BranchKind, landed: boolean): string {
  if (kind !== 'undo') return eitherWay('deregister', client);
  const takeBack = `run ${command('deregister', client, '--take-back')}`;
  return landed
    ? `To put the rest back, ${takeBack}.`
    : `Merge it and ${takeBack}; or finish it: ${command('deregister', client)}`;
}
