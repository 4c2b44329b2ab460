import type { Digests } from '../core/installation/destinations.ts';
import type { Installation } from '../core/installation/installation.ts';
import type { Registration } from '../core/registration/registration.ts';
import type { KnownAttributes } from '../core/run/searchAttributes.ts';
import type { Job, Plan, StateBefore } from '../core/run/job.ts';
import type { JobReference } from '../core/run/jobReference.ts';
import type { Secret } from '../core/base/secret.ts';
import type { AnsibleParser } from '../integrations/ansible/ansible.ts';
import type { ArgoCd } from '../integrations/argocd/argocd.ts';
import type { Authentik } from '../integrations/authentik/authentik.ts';
import type { Consumers } from '../integrations/consumers/consumers.ts';
import type { ExternalSecrets } from '../integrations/externalSecrets/externalSecrets.ts';
import type { Flux } from '../integrations/flux/flux.ts';
import type { Forge } from '../integrations/forge/forge.ts';
import type { GitRepository } from '../integrations/git/repository.ts';
import type { Cluster } from '../integrations/kubernetes/cluster.ts';
import type { Deployments } from '../integrations/kubernetes/deployments.ts';
import type { Leases } from '../integrations/kubernetes/leases.ts';
import type { Notifier } from '../integrations/notify/notifier.ts';
import type { RotationSchedules } from '../integrations/temporal/rotationSchedules.ts';
import type { Vault } from '../integrations/vault/vault.ts';

/** The plan of an earlier run, and whether that run ended well or had passed its point of no return. */
export interface FoundPlan extends Plan {
  readonly completed: boolean;
}

/** What an activity may ask of Temporal itself. */
export interface RunDirectory {
  /** The workflow id under which this installation changes a client. */
  idOf(client: string): string;
  /** Whether a run of that workflow id is open. A reset or a new run under the same id counts. */
  isOpen(workflowId: string): Promise<boolean>;
  /** Whether that one run is known to have ended well. */
  endedWell(workflowId: string, runId: string): Promise<boolean>;
  /** The plan that preflight or planRemoval returned in an earlier run of this change, from its history; undefined where that is gone. */
  findPlan(client: string, changeId: string): Promise<FoundPlan | undefined>;
  /** The job that a run's own activities are given a reference to, as it was planned, from the history of that run. */
  plannedJob(workflowId: string, runId: string, asked: Pick<JobReference, 'plannedBy' | 'changeId'>): Promise<Job>;
  /** The plan of the newest closed run, where it ended without its undo (terminated or timed out). */
  interruptedPlan(client: string): Promise<Plan | undefined>;
  /** What was there before the registration that stands; undefined where its history is gone or it died. */
  registeredBefore(client: string): Promise<StateBefore | undefined>;
  /** What the client was asked for by the newest run that ended well; undefined where its history is gone. */
  registeredAs(client: string): Promise<Registration | undefined>;
  /** Workflow ids of this installation's runs that are open, as Temporal's list shows them (seconds late). */
  openRuns(): Promise<readonly string[]>;
  /** The search attributes that the server has of those that runs set; none where it keeps its list to operators. */
  searchable(): Promise<KnownAttributes>;
}

/** A cluster in which a consumer reads the secret. */
export interface ConsumerCluster {
  readonly cluster: Cluster;
  readonly externalSecrets: ExternalSecrets;
  readonly deployments: Deployments;
  /** Flux of the consumer's cluster itself, whether there is any or not. */
  readonly flux: Flux;
}

/** Everything an activity needs from outside. Made once per worker; a test gives its own. */
export interface Deps extends Digests {
  readonly installation: Installation;
  readonly vault: Vault;
  readonly git: GitRepository;
  /** Undefined where Argo CD does not deploy. */
  readonly argocd?: ArgoCd;
  /** Undefined where Flux does not deploy. */
  readonly flux?: Flux;
  readonly leases: Leases;
  /** The cluster that holds Authentik's resources. */
  readonly cluster: Cluster;
  readonly externalSecrets: ExternalSecrets;
  readonly deployments: Deployments;
  /** A cluster of registrar.yaml by its name. Throws `BadInput` where that names none. */
  readonly consumerCluster: (name: string) => Promise<ConsumerCluster>;
  readonly authentik: Authentik;
  readonly ansible: AnsibleParser;
  readonly consumers: Consumers;
  readonly runs: RunDirectory;
  readonly schedules: RotationSchedules;
  /** Undefined where no token for the forge is given: then people open pull requests themselves. */
  readonly forge?: Forge;
  /** Where a person opens a pull request of this branch; undefined where the forge of the remote is not known. */
  readonly compareUrl: (branch: string) => string | undefined;
  /** Undefined where registrar.yaml has no `notify`. */
  readonly notifier?: Notifier;
  /** A new client secret: letters and digits only, which avoids every trap of quoting and encoding. */
  readonly generateSecret: () => Secret;
}
