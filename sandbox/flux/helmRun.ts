import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { goDuration, milliseconds } from './duration.ts';
import { chartParts, drifted, put, rendered, storedOf, targetOf, type Target } from './helmActions.ts';
import type { Chart } from './helmChart.ts';
import {
  chartOf,
  fullName,
  previousOf,
  truncated,
  withRelease,
  type HelmOptions,
  type Snapshot,
  type Storage,
} from './helmHistory.ts';
import { waitForHealth } from './health.ts';
import { inventoryOf } from './inventory.ts';
import { REQUESTED_AT } from './kinds.ts';
import type { Report } from './report.ts';

const FORCE_AT = 'reconcile.fluxcd.io/forceAt';

/** What a HelmRelease asks for now. */
export interface Release {
  readonly chart: Chart;
  readonly values: object;
  readonly configDigest: string;
}

interface Remediation {
  readonly retries?: number;
  readonly remediateLastFailure?: boolean;
  readonly strategy?: 'rollback' | 'uninstall';
}

interface ActionSpec {
  readonly timeout?: string;
  readonly disableWait?: boolean;
  readonly remediation?: Remediation;
}

/** `failed`: nothing was released, and it is tried again by and by. */
type End = 'done' | 'again' | 'exhausted' | 'failed';
type Action = 'install' | 'upgrade';

/** Installs, upgrades and remedies until nothing is left to do or no try is left (`atomic_release.go` of helm-controller). */
export class HelmRun {
  readonly #options: HelmOptions;
  readonly #object: KubernetesObject;
  readonly #report: Report;
  readonly #storage: Storage;
  readonly #signal: AbortSignal;
  readonly #target: Target;

  constructor(options: HelmOptions, object: KubernetesObject, report: Report, storage: Storage, signal: AbortSignal) {
    this.#options = options;
    this.#object = object;
    this.#report = report;
    this.#storage = storage;
    this.#signal = signal;
    this.#target = targetOf(object);
  }

  get #history(): readonly Snapshot[] {
    return (this.#report.status['history'] ?? []) as readonly Snapshot[];
  }

  async run(release: Release): Promise<End> {
    for (let released = false; ; released = true) {
      const [latest] = this.#history;
      const forced = this.#isForced();
      if (latest?.status === 'failed' && this.#failures() > 0 && !forced) return this.#remedy(latest);
      const action = (await this.#due(latest, release)) ?? (forced ? 'upgrade' : undefined);
      if (action === undefined) return this.#inSync(latest);
      if (released) return this.#again();
      if (latest?.status !== 'failed' && this.#isExhausted(action) && !forced) return this.#stalled(action);
      if (!(await this.#carryOut(action, release))) return 'failed';
    }
  }

  /** Somebody asks for an upgrade although nothing has changed, or no try is left; once for each request. */
  #isForced(): boolean {
    const { [FORCE_AT]: forcedAt, [REQUESTED_AT]: requestedAt } = this.#object.metadata.annotations ?? {};
    const { status } = this.#report;
    if (forcedAt === undefined || forcedAt === status['lastHandledForceAt']) return false;
    status['lastHandledForceAt'] = forcedAt;
    return forcedAt === requestedAt;
  }

  async #due(latest: Snapshot | undefined, release: Release): Promise<Action | undefined> {
    if (latest === undefined || latest.status === 'uninstalled') return 'install';
    const { chartVersion, configDigest, status } = latest;
    if (status === 'failed' || chartVersion !== release.chart.version || configDigest !== release.configDigest)
      return 'upgrade';
    await this.#correctDrift(latest);
    return undefined;
  }

  async #correctDrift(latest: Snapshot): Promise<void> {
    const mode = this.#object['spec'].driftDetection?.mode as string | undefined;
    if (mode !== 'enabled' && mode !== 'warn') return;
    const { cluster } = this.#options;
    const objects = await drifted(cluster, this.#storage.get(latest.version)?.objects ?? []);
    if (mode === 'enabled') await put(cluster, objects, []);
    if (objects.length === 0 || mode === 'enabled')
      this.#report.mark('Drifted', 'False', 'NoDriftDetected', 'No drift detected against the cluster state');
    else
      this.#report.mark('Drifted', 'True', 'DriftDetected', `Cluster state of release ${fullName(latest)} has drifted`);
  }

  #inSync(latest: Snapshot | undefined): End {
    const report = this.#report;
    if (latest !== undefined && (report.is('Remediated', 'True') || !report.is('Ready', 'True'))) {
      report.drop('Remediated');
      const verb = report.get('Released')?.reason.startsWith('Install') === true ? 'Install' : 'Upgrade';
      this.#released(verb, latest);
    }
    report.status['history'] = truncated(this.#history);
    report.drop('Reconciling');
    report.drop('Stalled');
    return 'done';
  }

  #released(verb: 'Install' | 'Upgrade', release: Snapshot): void {
    const message = `Helm ${verb.toLowerCase()} succeeded for release ${fullName(release)} with chart ${chartOf(release)}`;
    for (const type of ['Released', 'Ready']) this.#report.mark(type, 'True', `${verb}Succeeded`, message);
  }

  #again(): End {
    const message = this.#report.get('Ready')?.message ?? '';
    this.#report.mark('Reconciling', 'True', 'ProgressingWithRetry', message);
    return 'again';
  }

  #stalled(action: Action): End {
    const message = `Failed to ${action} after ${this.#failures(action)} attempt(s)`;
    this.#report.drop('Reconciling');
    this.#report.mark('Stalled', 'True', 'RetriesExceeded', message);
    return 'exhausted';
  }

  #lastAction(): Action {
    return (this.#report.status['lastAttemptedReleaseAction'] as Action | undefined) ?? 'install';
  }

  #failures(action = this.#lastAction()): number {
    return (this.#report.status[`${action}Failures`] as number | undefined) ?? 0;
  }

  #settings(action: Action): ActionSpec {
    return (this.#object['spec'][action] ?? {}) as ActionSpec;
  }

  #isExhausted(action: Action): boolean {
    const { retries = 0 } = this.#settings(action).remediation ?? {};
    return retries >= 0 && this.#failures(action) > retries;
  }

  #timeoutMs(action: Action | 'rollback'): number {
    const { timeout = '5m' } = this.#object['spec'] as { timeout?: string };
    return milliseconds(((this.#object['spec'][action] ?? {}) as ActionSpec).timeout ?? timeout);
  }

  /** False where the chart cannot be made of the values: then there is no release. */
  async #carryOut(action: Action, release: Release): Promise<boolean> {
    const { status } = this.#report;
    status['lastAttemptedReleaseAction'] = action;
    if (action === 'install') delete status['history'];
    this.#report.drop('Remediated');
    const running = `Running '${action}' action with timeout of ${goDuration(this.#timeoutMs(action))}`;
    this.#report.mark('Reconciling', 'True', 'Progressing', running);
    this.#report.mark('Ready', 'Unknown', 'Progressing', running);
    await this.#report.write();
    let objects: readonly KubernetesObject[];
    try {
      objects = rendered(this.#target, release.values);
    } catch (error) {
      this.#failed(action, release, (error as Error).message);
      return false;
    }
    const wrong = await this.#put(action, objects);
    const parts = chartParts(release.chart);
    const made = { action, version: this.#nextVersion(), configDigest: release.configDigest, ...parts };
    const snapshot = this.#record({ ...made, status: wrong === undefined ? 'deployed' : 'failed' }, objects);
    if (wrong === undefined) this.#released(action === 'install' ? 'Install' : 'Upgrade', snapshot);
    else {
      status[`${action}Failures`] = this.#failures(action) + 1;
      this.#failed(action, release, wrong);
      await this.#report.write();
    }
    return true;
  }

  #failed(action: Action, { chart }: Release, why: string): void {
    const { status } = this.#report;
    const { namespace, name } = this.#target;
    status['failures'] = Number(status['failures'] ?? 0) + 1;
    const message = `Helm ${action} failed for release ${namespace}/${name} with chart ${chart.name}@${chart.version}: ${why}`;
    const reason = action === 'install' ? 'InstallFailed' : 'UpgradeFailed';
    for (const type of ['Released', 'Ready']) this.#report.mark(type, 'False', reason, message);
  }

  #nextVersion(): number {
    return Math.max(0, ...this.#storage.keys()) + 1;
  }

  #record(made: Parameters<typeof storedOf>[1], objects: readonly KubernetesObject[]): Snapshot {
    const history = this.#history;
    const stored = storedOf(this.#target, made, objects, history.at(-1)?.firstDeployed);
    this.#storage.set(made.version, stored);
    this.#report.status['history'] = withRelease(history, stored.snapshot);
    this.#report.status['inventory'] = inventoryOf(objects);
    return stored.snapshot;
  }

  /** What went wrong. */
  async #put(action: Action | 'rollback', objects: readonly KubernetesObject[]): Promise<string | undefined> {
    const { cluster, pace } = this.#options;
    const [latest] = this.#history;
    try {
      await put(cluster, objects, this.#storage.get(latest?.version ?? 0)?.objects ?? []);
    } catch (error) {
      return (error as Error).message;
    }
    if (((this.#object['spec'][action] ?? {}) as ActionSpec).disableWait === true) return undefined;
    const patience = { timeoutMs: this.#timeoutMs(action) / pace.hurry, everyMs: pace.everyMs, signal: this.#signal };
    const wrong = await waitForHealth(cluster, objects.map(refOf), patience);
    if (this.#signal.aborted) throw new Error('the controller stops');
    return wrong;
  }

  /** Of a failed release: nothing, a roll-back, or an uninstall, and whether another try is left. */
  async #remedy(failed: Snapshot): Promise<End> {
    const action = this.#lastAction();
    const { retries = 0, strategy = 'rollback', ...settings } = this.#settings(action).remediation ?? {};
    const remediatesLast = settings.remediateLastFailure ?? (action === 'upgrade' && retries > 0);
    if (this.#isExhausted(action) && !remediatesLast) return this.#stalled(action);
    const uninstalls = action === 'install' || strategy === 'uninstall';
    if (uninstalls) await this.#uninstall(failed);
    else if (!(await this.#rollBack())) return 'exhausted';
    if (this.#isExhausted(action) && !(uninstalls && action === 'upgrade')) return this.#stalled(action);
    return this.#again();
  }

  async #rollBack(): Promise<boolean> {
    const report = this.#report;
    const to = previousOf(this.#history);
    const stored = to === undefined ? undefined : this.#storage.get(to.version);
    if (to === undefined || stored === undefined) {
      const why = 'missing target release for rollback: cannot remediate failed release';
      report.mark('Stalled', 'True', 'MissingRollbackTarget', `Failed to perform remediation: ${why}`);
      return false;
    }
    const running = `Running 'rollback' action with timeout of ${goDuration(this.#timeoutMs('rollback'))}`;
    report.mark('Reconciling', 'True', 'Progressing', running);
    await report.write();
    const wrong = await this.#put('rollback', stored.objects);
    const what = `Helm rollback to previous release ${fullName(to)} with chart ${chartOf(to)}`;
    const { configDigest, chartVersion, appVersion } = to;
    const made = { configDigest, chartVersion, appVersion, action: 'rollback' as const, version: this.#nextVersion() };
    this.#record({ ...made, status: wrong === undefined ? 'deployed' : 'failed' }, stored.objects);
    const [reason, message] =
      wrong === undefined ? ['RollbackSucceeded', `${what} succeeded`] : ['RollbackFailed', `${what} failed: ${wrong}`];
    report.mark('Remediated', wrong === undefined ? 'True' : 'False', reason, message);
    // Whatever was remedied, the release is not what was asked for.
    report.mark('Ready', 'False', reason, message);
    return true;
  }

  async #uninstall(failed: Snapshot): Promise<void> {
    const objects = this.#storage.get(failed.version)?.objects ?? [];
    for (const object of objects) await this.#options.cluster.delete(refOf(object));
    this.#report.status['history'] = [{ ...failed, status: 'uninstalled' }];
    const message = `Helm uninstall remediation for release ${fullName(failed)} with chart ${chartOf(failed)} succeeded`;
    this.#report.mark('Remediated', 'True', 'UninstallSucceeded', message);
    this.#report.mark('Ready', 'False', 'UninstallSucceeded', message);
  }
}
