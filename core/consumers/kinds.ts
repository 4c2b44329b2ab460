import { ansible } from './ansible/kind.ts';
import { externalSecret } from './externalSecret/kind.ts';
import type { ConsumerKind } from './kind.ts';
import { manual } from './manual/kind.ts';

/** Every kind of consumer. What people write of each stands in `schemas.ts`. */
export const KINDS: readonly ConsumerKind[] = [ansible, externalSecret, manual];
