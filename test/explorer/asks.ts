import { type Ask, ENDINGS, type Strike } from './schedule.ts';

/** It writes nothing, so it may be late. */
export const LOOK = 'awaitMerge';

/** What changes something for the client. */
export const MAKES = new Set([
  'generateSecret',
  'storeSecret',
  'patchExternalSecret',
  'syncBlueprint',
  'deliverToConsumers',
  'landChange',
  'createSecret',
  'setSecret',
  'applyAtConsumer',
  'takeFromConsumers',
  'takeOutBlueprint',
  'takeOutExternalSecret',
  'removeApplication',
]);

export const CONSUMER = { index: 0, name: 'app', by: 'command', byHand: 'run it', probed: true } as const;

export const ASKS: Readonly<Record<Ask, { readonly type: string; readonly input?: object }>> = {
  register: { type: 'registerClient' },
  change: { type: 'registerClient' },
  takeBack: { type: 'registerClient', input: { takeBack: true } },
  rotate: { type: 'rotateSecret' },
  restore: { type: 'rotateSecret', input: { takeBack: true } },
  deregister: { type: 'deregisterClient' },
  putBack: { type: 'deregisterClient', input: { takeBack: true } },
};

/** Of those with which a run ends: what takes nothing back. */
const FORWARD = new Set(['cleanUp', 'settleLanding', 'finishRotation', 'removeAccounts', 'retireSecret']);

export function isEnding(type: string): boolean {
  return ENDINGS.includes(type);
}

export function isUndo(type: string): boolean {
  return isEnding(type) && !FORWARD.has(type);
}

/** A cancel hinders no undo, and no clean-up either; nor does what comes later, before it comes. */
export function hinders(type: string, strike: Strike): boolean {
  if (strike === 'is stopped in its undo') return true;
  const harmless = strike.startsWith('is cancelled') || strike.startsWith('is told') || strike.endsWith(' later');
  return isEnding(type) && !harmless;
}
