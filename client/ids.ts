import { type Ids, idsOf, idsOfEnvironment } from '../core/run/ids.ts';

let ofSandbox = false;

/** The ids of the installation that is meant: that of `REGISTRAR_INSTALLATION`, or of the sandbox that runs here. Throws `BadInput`. */
export function ids(): Ids {
  return ofSandbox ? idsOf('') : idsOfEnvironment(process.env);
}

/** It is the sandbox that answers: no setting of a person's own installation is meant for it. */
export function useSandboxIds(): void {
  ofSandbox = true;
}
