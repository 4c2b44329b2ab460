import type { Names } from '../../names/names.ts';
import { byEnv } from './byEnv.ts';
import { byFile } from './byFile.ts';
import type { Delivery } from './delivery.ts';

/** How the secret of these names reaches Authentik's worker. */
export function deliveryOf(names: Names): Delivery {
  return names.secretFile === undefined ? byEnv(names) : byFile(names, names.secretFile);
}
