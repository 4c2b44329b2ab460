import type { RenderedBlueprint } from '../../core/authentik/renderBlueprint.ts';
import type { SecretObject } from '../../core/authentik/secretObject.ts';
import type { FoundState, WantedState } from '../../core/authentik/wantedState.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';
import type { SecretFacts } from '../../core/check/secret.ts';
import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import type { Names } from '../../core/names/names.ts';
import type { FieldClaims } from '../../core/policy/fieldOwner.ts';
import type { Registration } from '../../core/registration/registration.ts';
import type { Job } from '../../core/run/job.ts';
import type { PreflightRequest } from '../../core/run/requests.ts';
import type {
  ApplicationRow,
  BindingRow,
  BlueprintInstance,
  ProviderState,
  SecretRow,
  TokenPermissions,
} from '../../integrations/authentik/authentik.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { RolloutState } from '../../integrations/kubernetes/deployments.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import type { ResumePoint } from '../branch/deadRuns.ts';
import type { Deps } from '../deps.ts';
import type { FoundGroup } from '../state/authentikState.ts';
import type { Told } from './problems.ts';
import type { WholeReading } from './wholeItem.ts';

/** What a registration asks for, and where it stands on what earlier runs of its client have left. */
export interface Asked {
  /** Head of the target branch. */
  readonly target: string;
  readonly contents: VaultContents;
  readonly standing: ResumePoint;
  /** The registration as it is now. */
  readonly newest: Registration;
  /** The job of the run that died, where that one's change is finished as it was asked for then. */
  readonly dead: Job | undefined;
  /** What is done: the dead run's, or the newest. */
  readonly registration: Registration;
  readonly names: Names;
}

/** What Authentik holds under the names that the registration will use. */
export interface ExistingObjects {
  readonly application: ApplicationRow | undefined;
  readonly byName: ProviderState | undefined;
  readonly byClientId: ProviderState | undefined;
  readonly instance: BlueprintInstance | undefined;
  /** Blueprint instances of the sections beside that of the application, by their places in {@link Names.further}. */
  readonly further?: readonly (BlueprintInstance | undefined)[];
  readonly groups: readonly string[];
  readonly users: readonly string[];
  /** Objects that bear a name of the client's secret, where Authentik has such. */
  readonly secrets?: readonly SecretRow[];
  /** Groups that bear the job's mark for this client; `madeUsers` are users that do. */
  readonly madeGroups: readonly string[];
  readonly madeUsers: readonly string[];
}

export interface TokenVerdict {
  readonly mode: 'apply' | 'discovery';
  readonly warnings: readonly string[];
}

/** What is read of a client, whatever a run is about to do with it. */
export interface ClientFacts {
  /** The systems, which are asked each question once. */
  readonly deps: Deps;
  readonly registration: Registration;
  readonly names: Names;
  /** Of Authentik. */
  readonly version: string;
  /** What Authentik is to hold. */
  readonly wanted: WantedState;
  readonly rendered: Told<RenderedBlueprint>;
  readonly secretObject?: SecretObject;
  readonly occupied: ExistingObjects;
  /** Of the client's application; undefined where there is none. */
  readonly bindings: readonly BindingRow[] | undefined;
  /** What Authentik holds, in the words of what it is to hold. */
  readonly state: FoundState;
  /** The sections in the files at the base that hold something of the client. */
  readonly sections: readonly string[];
  /** What the token may do to the instance of the client's blueprint, and what that comes to. */
  readonly permissions: Told<TokenPermissions>;
  readonly token: Told<TokenVerdict>;
}

/** What is read of a registration before the turn is taken, and again with it. */
export interface Draft extends Asked, ClientFacts {
  /** `plans`: a person only wants to see. */
  readonly request: PreflightRequest & { readonly plans?: boolean };
  /** The groups of `spec.groups` that are there. */
  readonly groups: readonly FoundGroup[];
  /** As what the client was registered, where that is remembered. */
  readonly registered: Registration | undefined;
  /** Resolved, without edits. */
  readonly job: Job;
}

/** What is live of Authentik's objects, which all clients share. */
export interface SharedObjects {
  /** Undefined where nobody has asked: a public client has nothing to deliver by it. */
  readonly externalSecret: Told<ExternalSecretState> | undefined;
  /** Authentik's worker, which says how a secret is delivered to it. */
  readonly deployment: Told<KubernetesObject | undefined>;
}

export interface ClusterFacts extends SharedObjects {
  /** When it has come to rest. */
  readonly rollout: Told<RolloutState>;
  /** `data` of the ConfigMap. */
  readonly blueprints: Told<Readonly<Record<string, string>>>;
}

/** What has drifted of a client that is registered, as vault and clusters show it. */
export interface Drift extends Pick<SecretFacts, 'delivered' | 'accepted' | 'stalePods' | 'pending' | 'clientId'> {
  readonly live: readonly { readonly resource: OurResource; readonly reasons: readonly string[] }[];
  readonly consumers: readonly string[];
  /** Paths of its blueprints of which Authentik has applied the text that is asked for. */
  readonly applied: readonly string[];
}

/** What a run is to its client. */
export type Course = 'continued' | 'repair' | 'new' | 'change' | 'registered';

/** Everything that preflight has read of a registration, and nothing that it judges. */
export interface World extends Draft {
  /** What the edits would make of the files. */
  readonly edits: Told<readonly PlannedChange[]>;
  /** With its edits and the state before, but for what policy and repair add. */
  readonly job: Job;
  /** Lines that read the secret and are of no consumer of the registration, where nothing tells of former ones. */
  readonly left: readonly string[];
  readonly claims: FieldClaims;
  readonly whole: WholeReading;
  readonly cluster: ClusterFacts;
  readonly course: Course;
  /** What has drifted; of a repair alone. */
  readonly drift: Drift | undefined;
  /** Handlers that no file of their role has. */
  readonly handlers: readonly string[];
  /** No Schedule of rotations is there or asked for. */
  readonly unscheduled: boolean;
}
