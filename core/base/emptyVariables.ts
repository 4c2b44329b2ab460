const OURS = /^(REGISTRAR|TEMPORAL)_|^(LOG_LEVEL|METRICS_ADDRESS|NO_COLOR)$/;

/** A variable of ours that is set to nothing is not set: a file of variables has lines that nobody has filled in. */
export function forgetEmptyVariables(env: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(env)) if (value === '' && OURS.test(name)) delete env[name];
}
