// The parts of `@goauthentik/api` that are asked for. All of them together are 2,000 modules, which a worker would load at its start.
export { AdminApi } from '@goauthentik/api/dist/apis/AdminApi.js';
export { CoreApi } from '@goauthentik/api/dist/apis/CoreApi.js';
export { CryptoApi } from '@goauthentik/api/dist/apis/CryptoApi.js';
export { FlowsApi } from '@goauthentik/api/dist/apis/FlowsApi.js';
export { ManagedApi } from '@goauthentik/api/dist/apis/ManagedApi.js';
export { PoliciesApi } from '@goauthentik/api/dist/apis/PoliciesApi.js';
export { PropertymappingsApi } from '@goauthentik/api/dist/apis/PropertymappingsApi.js';
export { ProvidersApi } from '@goauthentik/api/dist/apis/ProvidersApi.js';
export { RbacApi } from '@goauthentik/api/dist/apis/RbacApi.js';
export { SchemaApi } from '@goauthentik/api/dist/apis/SchemaApi.js';
export { TasksApi, type TasksTasksListRequest } from '@goauthentik/api/dist/apis/TasksApi.js';
export { FormatEnum } from '@goauthentik/api/dist/models/FormatEnum.js';
export { ModelEnum } from '@goauthentik/api/dist/models/ModelEnum.js';
export { Configuration, ResponseError } from '@goauthentik/api/dist/runtime.js';
