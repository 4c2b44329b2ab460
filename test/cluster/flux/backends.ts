import type { FluxBackend } from './bed.ts';
import { REAL_FLUX } from './realFlux.ts';
import { STAND_IN_FLUX } from './standInFlux.ts';

/** What the suite of Flux runs on. */
export const FLUX_BACKENDS: readonly FluxBackend[] = [STAND_IN_FLUX, ...(REAL_FLUX === undefined ? [] : [REAL_FLUX])];
