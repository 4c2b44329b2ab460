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
