const text = { type: 'str', nullable: false, options: null };
const flag = { type: 'bool', nullable: true, options: null };

/** What the search box of the admin interface is told about groups. */
export const AUTOCOMPLETE_GROUP = {
  current_model: 'authentik_core.group',
  models: {
    'authentik_core.group': {
      name: text,
      is_superuser: flag,
      attributes: { type: 'relation', nullable: false, options: null, relation: 'authentik_core.group_attributes' },
    },
  },
};

export const AUTOCOMPLETE_USER = {
  current_model: 'authentik_core.user',
  models: {
    'authentik_core.user': {
      username: text,
      name: text,
      email: text,
      path: text,
      is_active: flag,
      type: {
        type: 'str',
        nullable: false,
        options: ['internal', 'external', 'service_account', 'internal_service_account'],
      },
      attributes: { type: 'relation', nullable: false, options: null, relation: 'authentik_core.user_attributes' },
    },
  },
};

const relation = (name: string) => ({ type: 'relation', nullable: false, options: null, relation: name });
const integer = { type: 'int', nullable: false, options: null };

/** Of every action that an event can have, those that come first. */
const ACTIONS = [
  'login',
  'login_failed',
  'logout',
  'user_write',
  'suspicious_request',
  'password_set',
  'secret_view',
  'secret_rotate',
  'invitation_used',
  'authorize_application',
  'source_linked',
  'impersonation_started',
  'configuration_error',
  'system_exception',
];

/** The apps that are offered are those that have written an event. */
export function autocompleteEvent(events: readonly { readonly app: string }[]): unknown {
  const apps = [...new Set(events.map((event) => event.app))].toSorted();
  return {
    current_model: 'authentik_events.event',
    models: {
      'authentik_events.event': {
        action: { ...text, options: ACTIONS },
        event_uuid: text,
        app: { ...text, options: apps },
        client_ip: { ...text, nullable: true },
        user: relation('authentik_events.event_user'),
        brand: relation('authentik_events.event_brand'),
        context: relation('authentik_events.event_context'),
        created: { type: 'datetime', nullable: false, options: [] },
      },
      'authentik_events.event_user': { pk: integer, username: text, email: text },
      'authentik_events.event_brand': { pk: text, app: text, name: text, model_name: text },
      'authentik_events.event_context': { http_request: relation('authentik_events.event_context_http_request') },
      'authentik_events.event_context_http_request': {
        args: relation('authentik_events.event_context_http_request_args'),
        path: text,
        method: text,
        request_id: text,
        user_agent: text,
      },
    },
  };
}
