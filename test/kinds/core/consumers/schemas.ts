import { SCHEMAS as OURS } from '../../../../core/consumers/schemas.ts';
import { device } from './device/schema.ts';

export const SCHEMAS = [...OURS, device] as const;
