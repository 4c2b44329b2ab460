/** The task queue that workers poll. */
export const TASK_QUEUE = 'oidc-registrar';
