/** A metric of the worker's own, as docs/reference/metrics.md describes it. */
export interface Metric {
  readonly name: string;
  readonly help: string;
}

/**
 * Every metric that the worker adds to those of Temporal's SDK. Labels are bounded: clients by the repository, the rest by the code. No
 * message of an error and no id of a run is one.
 */
export const METRICS = {
  runs: { name: 'oidc_registrar_runs_total', help: 'Runs that ended, by outcome' },
  step: { name: 'oidc_registrar_step_seconds', help: 'How long steps of runs took, by outcome' },
  findings: { name: 'oidc_registrar_check_findings', help: 'What the last check of a client found, by severity' },
  checked: { name: 'oidc_registrar_check_timestamp_seconds', help: 'When a client was checked last' },
  rotated: { name: 'oidc_registrar_secret_timestamp_seconds', help: "When a client's secret was made or rotated last" },
  interval: {
    name: 'oidc_registrar_rotation_interval_seconds',
    help: "Time between two rotations of a client's schedule",
  },
  nextRotation: { name: 'oidc_registrar_rotation_next_timestamp_seconds', help: 'When a schedule rotates next' },
  waits: { name: 'oidc_registrar_waits_for_people', help: 'Open runs that wait for a person, by how long they have' },
  vault: { name: 'oidc_registrar_vault_requests_total', help: 'Requests to the vault' },
  ready: { name: 'oidc_registrar_worker_ready', help: 'Whether the worker polls and Temporal answers: 1 or 0' },
} as const satisfies Readonly<Record<string, Metric>>;

/** How a run of each type that changes a client may end. One that is terminated or times out ends without a word. */
export const RUN_OUTCOMES = {
  registerClient: ['registered', 'repaired', 'unchanged', 'takenBack', 'failed', 'cancelled'],
  rotateSecret: ['rotated', 'takenBack', 'failed', 'cancelled'],
  deregisterClient: ['deregistered', 'unchanged', 'takenBack', 'incomplete', 'failed', 'cancelled'],
} as const;

/** Each counts the waits that have lasted longer; in seconds. */
export const WAIT_AGES: Readonly<Record<string, number>> = { '0s': 0, '1h': 3_600, '1d': 86_400, '3d': 259_200 };
