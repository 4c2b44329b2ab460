import type { Registration } from '../../core/registration/registration.ts';
import type { Deps } from '../deps.ts';

/** No Schedule of rotations is there or asked for. Where Temporal does not tell, the run asks again at its end, and warns. */
export async function isUnscheduled({ schedules }: Deps, client: string, { spec }: Registration): Promise<boolean> {
  if (spec.rotation !== undefined) return false;
  const found = await schedules.read(client).catch(() => 'not told');
  return found === undefined;
}
