import { ACTORS, type Task, type TaskKind } from '../tasks.ts';
import type { Version } from '../version.ts';

const DESCRIPTIONS: Readonly<Record<TaskKind, string>> = {
  apply_blueprint: 'Apply single blueprint.',
  blueprints_discovery: 'Find blueprints and check if they need to be created in the database.',
};

/** Before 2026.8 `done`, whatever the task logged. */
function worstOf(logs: Task['logs']): string {
  const levels = new Set(logs.map((log) => log.log_level));
  return ['error', 'warning'].find((level) => levels.has(level)) ?? 'done';
}

/** The schedule that discovery belongs to. */
const SCHEDULE = '5ced0000-0000-4000-8000-000000000001';

export function taskOut(task: Task, { statusOfLogs }: Version): unknown {
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
    aggregated_status: statusOfLogs && state === 'done' ? worstOf(logs) : state,
    description: DESCRIPTIONS[kind],
  };
}
