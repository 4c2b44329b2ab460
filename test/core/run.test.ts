import { describe, expect, it } from 'vitest';
import { NON_RETRYABLE_KINDS, RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { stepsInOrder } from '../../core/run/steps.ts';

describe('stepsInOrder', () => {
  it('lands after everything is proven, or before anything is deployed', () => {
    expect(stepsInOrder('last')).toEqual([
      'acquireTurn',
      'preflight',
      'generateSecret',
      'storeSecret',
      'patchExternalSecret',
      'syncBlueprint',
      'pollBlueprintStatus',
      'renderAnsibleFiles',
      'verifyRegistration',
      'landChange',
      'cleanUp',
    ]);
    expect(stepsInOrder('first')).toEqual([
      'preflight',
      'generateSecret',
      'storeSecret',
      'landChange',
      'patchExternalSecret',
      'syncBlueprint',
      'pollBlueprintStatus',
      'renderAnsibleFiles',
      'verifyRegistration',
      'cleanUp',
    ]);
  });
});

describe('RegistrarError', () => {
  const of = (kind: ErrorKind): RegistrarError =>
    new RegistrarError({ system: 'Git', kind, message: 'no', remedy: 'Mend it.', status: 128, retryAfterMs: 5 });

  it('names system, answer and remedy, and carries no cause that could hold a token', () => {
    expect(Object.fromEntries(Object.entries(of('Failed')))).toEqual({
      name: 'RegistrarError',
      system: 'Git',
      kind: 'Failed',
      remedy: 'Mend it.',
      status: 128,
      retryAfterMs: 5,
    });
    expect(of('Failed').message).toBe('no');
    expect('cause' in of('Failed')).toBe(false);
  });

  it('can be retried where waiting may mend it, and where it may not, Temporal is told', () => {
    for (const kind of ['Conflict', 'RateLimited', 'Unavailable', 'NotYet'] as const) {
      expect([kind, of(kind).retryable, NON_RETRYABLE_KINDS.includes(kind)]).toEqual([kind, true, false]);
    }
    for (const kind of ['BadInput', 'Refused', 'Collision', 'Unauthorized', 'NotFound', 'Failed'] as const) {
      expect([kind, of(kind).retryable, NON_RETRYABLE_KINDS.includes(kind)]).toEqual([kind, false, true]);
    }
  });
});
