import { KINDS as OURS } from '../../../../core/consumers/kinds.ts';
import { device } from './device/kind.ts';

export const KINDS = [...OURS, device];
