import { ansible } from './ansible/schema.ts';
import { externalSecret } from './externalSecret/rules.ts';
import { manual } from './manual/schema.ts';

/** What a registration may hold under `spec.consumers`. */
export const SCHEMAS = [ansible, externalSecret, manual] as const;
