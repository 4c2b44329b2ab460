import type { Difference } from '../authentik/difference.ts';
import { byRepair, type CheckReport, type Remedy, type Seen } from './finding.ts';

/** What Authentik says of a blueprint's instance. */
interface InstanceFacts {
  readonly path: string;
  readonly enabled: boolean;
  readonly status: string;
  /** Whether it has applied the text that this version of the job renders; undefined where that cannot be told. */
  readonly applied: boolean | undefined;
}

export interface AuthentikFacts {
  readonly client: string;
  readonly path: string;
  readonly instances: readonly InstanceFacts[];
  readonly differences: readonly Difference[];
  /** The token may apply blueprints: without it only a person can apply one whose text has not changed. */
  readonly mayApply: boolean;
  /** Provider or application is there. */
  readonly present: boolean;
}

/** Whether the blueprint is applied, and its objects are as asked. */
export function compareAuthentik(facts: AuthentikFacts): CheckReport {
  const apply = facts.mayApply
    ? byRepair(facts.client)
    : {
        remedy: `Apply blueprint ${facts.path} once in the admin interface: the token may not, and discovery applies no text twice.`,
      };
  return {
    present: facts.present || facts.instances.length > 0,
    findings: [
      ...instanceFindings(facts, apply),
      ...facts.differences.map(({ what, expected, found, alarm, byHand }): Seen => ({
        system: 'Authentik',
        severity: alarm === true ? 'alarm' : 'drift',
        what,
        ...(expected === undefined ? {} : { expected }),
        ...(found === undefined ? {} : { found }),
        ...(byHand === undefined ? apply : { remedy: byHand }),
      })),
    ],
  };
}

/** `successful` proves little, but another status proves that something is wrong. */
function instanceFindings({ path, instances, client }: AuthentikFacts, apply: Remedy): readonly Seen[] {
  const drift = (what: string, remedy: Remedy): Seen => ({ system: 'Authentik', severity: 'drift', what, ...remedy });
  const [instance] = instances;
  if (instance === undefined) return [drift(`there is no blueprint instance of ${path}`, byRepair(client))];
  if (instances.length > 1)
    return [
      drift(`${instances.length} blueprint instances have the path ${path}`, { remedy: 'Delete all but one of them.' }),
    ];
  if (!instance.enabled) return [drift(`the blueprint instance of ${path} is disabled`, apply)];
  if (instance.status !== 'successful') {
    const what = `the status of blueprint ${path} is not successful`;
    return [{ ...drift(what, apply), expected: 'successful', found: instance.status }];
  }
  if (instance.applied !== false) return [];
  return [drift(`the text of blueprint ${path} that Authentik has applied is not the one asked for`, apply)];
}
