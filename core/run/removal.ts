/** What makes a job one that takes a registration out again. Settled by planRemoval, so that retries agree. */
export interface RemovalSpec {
  /** Delete the secret from the vault instead of keeping it for a grace period. */
  readonly purge: boolean;
  /** Do it although a consumer still refers to the client, or Authentik holds what an undo could not make again. */
  readonly force: boolean;
  /** Label under which the vault keeps the secret: nothing reads a field of that name. */
  readonly retiredLabel: string;
  /** The registration file, which goes with the change; undefined where none stands, or one that asks for something else. */
  readonly file?: string;
  /** Whether application, provider and blueprint instance of our names are this client's. */
  readonly ours: { readonly application: boolean; readonly provider: boolean; readonly instance: boolean };
  /** What is said to have been there before the registration: it stays, whatever marks it bears. */
  readonly older: {
    readonly groups: readonly string[];
    readonly users: readonly string[];
    readonly vaultField: boolean;
  };
  /** Groups that other registrations or blueprints name: they stay. */
  readonly sharedGroups: readonly string[];
  /** A run that died had passed its point of no return: this one only goes forward. */
  readonly committed: boolean;
}

/** Label of a vault field that a deregistration took out of service. The change id tells two of one day apart. */
export function retiredLabel(vaultField: string, date: string, changeId: string): string {
  return `${vaultField} (deregistered ${date} ${changeId.slice(0, 8)})`;
}

/** Whether a label is that of the field after some deregistration. */
export function isRetiredLabel(label: string, vaultField: string): boolean {
  return (
    label.startsWith(`${vaultField} (deregistered `) &&
    /^\d{4}-\d{2}-\d{2} [0-9a-f]{8}\)$/.test(label.slice(vaultField.length + ' (deregistered '.length))
  );
}
