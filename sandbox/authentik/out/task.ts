import { ACTORS, type Task, type TaskKind } from '../tasks.ts';

const DESCRIPTIONS: Readonly<Record<TaskKind, string>> = {
  apply_blueprint: 'Apply single blueprint.',
  blueprints_discovery: 'Find blueprints and check if they need to be created in the database.',
};

/** The schedule that discovery belongs to. */
const SCHEDULE = '5ced0000-0000-4000-8000-000000000001';

export function taskOut(task: Task): unknown {
  const { message_id, kind, instance, uid, state, mtime, retries, eta, logs, previous_logs } = task;
  return {
    message_id,
    queue_name: 'default',
    actor_name: ACTORS[kind],
    state,
    mtime,
    retries,
    eta,
    rel_obj_app_label: instance === undefined ? 'authentik_tasks_schedules' : 'authentik_blueprints',
    rel_obj_model: instance === undefined ? 'schedule' : 'blueprintinstance',
    rel_obj_id: instance ?? SCHEDULE,
    uid,
    logs,
    previous_logs,
    // `done` whatever the task logged.
    aggregated_status: state,
    description: DESCRIPTIONS[kind],
  };
}
