import type { Land } from '../../../core/run/steps.ts';
import { first } from './first.ts';
import { last } from './last.ts';
import type { LandingOrder } from './order.ts';

const ORDERS: Readonly<Record<Land, LandingOrder>> = { first, last };

/** The order that a job, or registrar.yaml in `gitops`, has chosen. */
export function orderOf({ land }: { readonly land: Land }): LandingOrder {
  return ORDERS[land];
}
