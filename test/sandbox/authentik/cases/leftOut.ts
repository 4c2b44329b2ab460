import type { LeftOut } from './case.ts';

const SESSION = 'needs the browser session of a logged-in user; the job asks without one';
const SET_UP = "an administrator's set-up call, which the job never makes";
const NOT_ASKED = 'the job never asks this';

/** Recordings that are not played again, and why. */
export const LEFT_OUT: Readonly<Record<string, LeftOut>> = {
  '01-group-create-admins': SET_UP,
  '01-tokens-of-service-account': NOT_ASKED,
  '03-authorize-bad-redirect': SESSION,
  '03-authorize-grant-types-empty': SESSION,
  '03-authorize-not-in-group': SESSION,
  '03-authorize-ok': SESSION,
  '03-authorize-unknown-client': SESSION,
  '03-group-add-user': SET_UP,
  '05-events': NOT_ASKED,
  '10-provider-setup-urls': NOT_ASKED,
  '10-role-add-user': SET_UP,
  '10-role-assign-permissions': SET_UP,
  '10-role-create': SET_UP,
  '10-service-account-create': SET_UP,
  '10-token-create': SET_UP,
  '12-application-create-no-provider': SET_UP,
  '12-jwks': NOT_ASKED,
  '13-api-create-application-collision': SET_UP,
  '13-api-create-provider-collision': SET_UP,
  '17-api-patch-client-secret': SET_UP,
};
