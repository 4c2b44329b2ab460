import { LIVE_KINDS as OURS } from '../../../../activities/consumers/kinds.ts';
import { device } from './device/kind.ts';

export const LIVE_KINDS = [...OURS, device];
