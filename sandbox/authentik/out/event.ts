import { written } from '../clock.ts';
import type { AuditEvent } from '../state.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

export function eventOut({ pk, action, app, context, created }: AuditEvent): unknown {
  const expires = written(new Date(created).getTime() + YEAR_MS);
  return {
    pk,
    // Nobody has a session here.
    user: { pk: 1, email: '', username: 'AnonymousUser', is_anonymous: true },
    action,
    app,
    context,
    client_ip: '127.0.0.1',
    created,
    expires,
    brand: {
      pk: 'b0000000000040008000000000000001',
      app: 'authentik_brands',
      name: 'Default brand',
      model_name: 'brand',
    },
  };
}
