import { eitherWay } from '../run/commands.ts';
import type { SystemName } from '../base/errors.ts';
import { previousLabel } from '../names/labels.ts';
import { byRepair, type CheckReport, type Remedy, type Seen } from './finding.ts';

/** What comparisons of the secret gave. Its value never leaves the activity that compared it. */
export interface SecretFacts {
  readonly client: string;
  /** The vault, and what of it holds the fields. */
  readonly system: SystemName;
  readonly place: string;
  readonly vaultField: string;
  readonly envVar: string;
  /** Name of the Secret whose key holds it; empty where that was not compared. */
  readonly secret: string;
  readonly field: 'usable' | 'missing' | { readonly problem: string; readonly remedy: string };
  /** Change ids of pending fields: of a run that is open, or that ended half-way. */
  readonly pending: readonly string[];
  /** The value before the last rotation is still there. */
  readonly previous: boolean;
  /** When the secret was rotated last, as the vault says; undefined where it never was, or no date stands there. */
  readonly rotatedAt?: string;
  /** The Secret's key equals the vault's value; undefined where it was not compared. */
  readonly delivered?: boolean;
  /** What Authentik's revocation endpoint said of the vault's value; undefined where it was not asked. */
  readonly accepted?: 'right' | 'wrong' | 'anything';
  /** Of a client id that is kept in the vault, too; absent where it is not. */
  readonly clientId?: {
    readonly vaultField: string;
    readonly secretKey: string;
    /** Whether the vault's field holds the id of the registration. */
    readonly field: 'right' | 'missing' | 'other';
    readonly secret?: string;
    /** The Secret's key holds the id; absent where it was not compared. */
    readonly delivered?: boolean;
  };
  /** Containers that began before the Secret was last written, and are not proven to hold its value. */
  readonly stalePods?: readonly string[];
}

/** Whether the vault holds one usable value, and it is the one in service everywhere. */
export function compareSecret(facts: SecretFacts): CheckReport {
  const { field, pending, previous, rotatedAt } = facts;
  return {
    present: field !== 'missing' || pending.length > 0 || previous,
    findings: [...fieldFindings(facts), ...idFindings(facts), ...rolledOutFindings(facts), ...leftoverFindings(facts)],
    ...(rotatedAt === undefined ? {} : { rotatedAt }),
  };
}

function drift(system: SystemName, what: string, remedy: Remedy): Seen {
  return { system, severity: 'drift', what, ...remedy };
}

function fieldFindings({ field, system, place, vaultField, client }: SecretFacts): readonly Seen[] {
  if (field === 'usable') return [];
  if (field !== 'missing') return [drift(system, field.problem, { remedy: field.remedy })];
  const remedy = byRepair(
    client,
    (command) => `Put the value back from the vault's history; where there never was one, run: ${command}`,
  );
  return [drift(system, `${place} has no field "${vaultField}"`, remedy)];
}

function idFindings({ client, clientId, system, place }: SecretFacts): readonly Seen[] {
  if (clientId === undefined) return [];
  const { vaultField, secretKey, field, secret = '', delivered } = clientId;
  const repair = byRepair(client);
  const other = byRepair(client, (command) => `Put the client id there, or rename the field and run: ${command}`);
  return [
    ...(field === 'missing'
      ? [drift(system, `${place} has no field "${vaultField}", which keeps the client id`, repair)]
      : []),
    ...(field === 'other'
      ? [drift(system, `field "${vaultField}" of ${place} does not hold the client id`, other)]
      : []),
    ...(delivered === false
      ? [drift('External Secrets', `key ${secretKey} of Secret ${secret} is not the client id`, repair)]
      : []),
  ];
}

function rolledOutFindings(facts: SecretFacts): readonly Seen[] {
  const { client, vaultField, secret, delivered, accepted, stalePods = [], envVar } = facts;
  const repair = byRepair(client);
  const anything: Seen = {
    system: 'Authentik',
    severity: 'alarm',
    what: `Authentik accepts any secret of client ${client}`,
    ...byRepair(client, (command) => `Make the provider confidential: ${command}`),
  };
  return [
    ...(delivered === false
      ? [drift('External Secrets', `key ${vaultField} of Secret ${secret} is not the vault's value`, repair)]
      : []),
    ...(accepted === 'wrong'
      ? [
          drift(
            'Authentik',
            `Authentik does not accept the vault's value of ${vaultField}: it is not rolled out`,
            repair,
          ),
        ]
      : []),
    ...(accepted === 'anything' ? [anything] : []),
    ...(stalePods.length === 0
      ? []
      : [
          {
            ...drift(
              'Kubernetes',
              `${stalePods.join(', ')} began before Secret ${secret} was last written and may hold an older ${envVar}`,
              repair,
            ),
            passing: 'anyRun',
          } satisfies Seen,
        ]),
  ];
}

function leftoverFindings({ system, client, vaultField, pending, previous }: SecretFacts): readonly Seen[] {
  return [
    ...pending.map((changeId) =>
      drift(system, `a pending field of ${vaultField} is left of change ${changeId}`, byRepair(client)),
    ),
    ...(previous
      ? [
          drift(system, `field "${previousLabel(vaultField)}" is left of a rotation`, {
            remedy: eitherWay('rotate', client),
          }),
        ]
      : []),
  ];
}
