import type { Hosting, StartHosting } from '../../sandbox/world/hosting.ts';
import { startRealHosting, type RealHosting } from './realHosting.ts';
import { findTools, withoutFlux } from './tools.ts';

/** What the suite runs on: the sandbox's stand-ins, and real clusters where they are built. */
export interface Backend {
  readonly name: 'stand-ins' | 'real clusters';
  /** Given to a world; a world without starts its stand-ins. */
  readonly options: { readonly hosting?: StartHosting };
}

const tools = findTools();

export const REAL: Backend | undefined =
  typeof tools === 'string'
    ? undefined
    : { name: 'real clusters', options: { hosting: (needs) => startRealHosting(tools, needs) } };

export const BACKENDS: readonly Backend[] = [{ name: 'stand-ins', options: {} }, ...(REAL === undefined ? [] : [REAL])];

/** The same where Flux deploys. */
export const FLUX_WORLDS: readonly Backend[] = BACKENDS.filter(
  (backend) => backend !== REAL || (typeof tools !== 'string' && withoutFlux(tools) === undefined),
);

export function isReal(hosting: Hosting): hosting is RealHosting {
  return 'admin' in hosting;
}
