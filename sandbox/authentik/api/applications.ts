import type { StandInAnswer } from '../../kit/http.ts';
import { deleteApplication, hasExpired } from '../deletions.ts';
import { MODELS } from '../models.ts';
import { applicationOut } from '../out/provider.ts';
import { mayDo, visible } from '../permissions.ts';
import type { Application } from '../state.ts';
import { filtered, FORBIDDEN, GONE, notAllowed, notFound, page, type Call } from './call.ts';
import { bindingUser, usedBy } from './usedBy.ts';
import { write } from './write.ts';

export function applications(call: Call): StandInAnswer {
  const { rows, grant, rest } = call;
  const [slug, sub] = rest;
  if (slug === undefined)
    return call.request.method === 'POST'
      ? write<Application>(call, {
          model: MODELS['authentik_core.application'],
          permission: 'add_application',
          out: (row) => applicationOut(row, rows, call.context.version()),
        })
      : list(call);
  if (sub === 'used_by' || sub === 'check_access') {
    const application = rows.applications.find((row) => row.slug === slug);
    if (application === undefined) return notFound('Application');
    return sub === 'used_by' ? whoUses(call, application) : checkAccess(call, application);
  }
  const seen = visible(grant, 'view_application', rows.applications);
  if (seen === undefined) return FORBIDDEN;
  const application = seen.find((row) => row.slug === slug);
  return application === undefined ? notFound('Application') : one(call, application);
}

function one(call: Call, application: Application): StandInAnswer {
  const { rows, request, grant } = call;
  if (request.method === 'GET') return { status: 200, body: applicationOut(application, rows, call.context.version()) };
  if (request.method === 'PATCH')
    return write<Application>(call, {
      model: MODELS['authentik_core.application'],
      permission: 'change_application',
      existing: application,
      out: (row) => applicationOut(row, rows, call.context.version()),
    });
  if (request.method !== 'DELETE') return notAllowed(call);
  if (!mayDo(grant, 'delete_application', application.pk)) return FORBIDDEN;
  deleteApplication(rows, application);
  return GONE;
}

/** The list asks for no permission: it shows what the token's user may open, and counts the others all the same. */
function list(call: Call): StandInAnswer {
  const { rows, grant } = call;
  const user = rows.users.find((row) => row.username === grant.username);
  const found = filtered(call, rows.applications, ['slug', 'name']);
  const answer = page(call, found) as { status: number; body: { results: readonly Application[] } };
  if (answer.status !== 200) return answer;
  const results = answer.body.results
    .filter((row) => isOpen(call, row, user?.pk))
    .map((row) => applicationOut(row, rows, call.context.version()));
  return { ...answer, body: { ...answer.body, results } };
}

function whoUses(call: Call, application: Application): StandInAnswer {
  const { rows } = call;
  const bindings = rows.bindings.filter((row) => row.target === application.pk);
  return usedBy(
    call,
    bindings.map((row) => bindingUser(row, rows)),
  );
}

/** Without a single binding an application is open to everyone. */
function isOpen({ rows, context }: Call, application: Application, userPk: number | undefined): boolean {
  const { bindingsExpire } = context.version();
  const bindings = rows.bindings.filter(
    (row) => row.target === application.pk && row.enabled && !(bindingsExpire && hasExpired(row)),
  );
  const user = rows.users.find((row) => row.pk === userPk);
  const passes = bindings.map(
    (row) => (row.user === userPk || (row.group !== null && user?.groups.includes(row.group) === true)) !== row.negate,
  );
  if (passes.length === 0) return true;
  return application.policy_engine_mode === 'all' ? passes.every(Boolean) : passes.some(Boolean);
}

function checkAccess(call: Call, application: Application): StandInAnswer {
  const passing = isOpen(call, application, Number(call.request.query.get('for_user')));
  return { status: 200, body: { passing, messages: [], log_messages: [] } };
}
