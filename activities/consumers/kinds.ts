import { ansible } from './ansible/kind.ts';
import { externalSecret } from './externalSecret/kind.ts';
import type { LiveKind } from './liveConsumer.ts';

/** Every kind of consumer that activities have something to do with. */
export const LIVE_KINDS: readonly LiveKind[] = [ansible, externalSecret];
