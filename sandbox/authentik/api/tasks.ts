import type { StandInAnswer } from '../../kit/http.ts';
import { taskOut } from '../out/task.ts';
import { mayDo } from '../permissions.ts';
import { ACTORS } from '../tasks.ts';
import { FORBIDDEN, page, type Call } from './call.ts';

export function tasks(call: Call): StandInAnswer {
  const { context, request, grant } = call;
  if (!mayDo(grant, 'view_task')) return FORBIDDEN;
  const instance = request.query.get('rel_obj_id');
  const actor = request.query.get('actor_name');
  const found = context.pool.tasks
    .filter(
      (task) => (instance ?? task.instance) === task.instance && (actor ?? ACTORS[task.kind]) === ACTORS[task.kind],
    )
    .toSorted((a, b) => (a.mtime < b.mtime ? 1 : -1));
  return page(
    call,
    found.map((task) => taskOut(task, context.version())),
  );
}
