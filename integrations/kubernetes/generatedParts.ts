// What the library's reader of kubeconfigs, and we, need of its generated client.
export { createConfiguration } from '@kubernetes/client-node/dist/gen/configuration.js';
export { HttpMethod } from '@kubernetes/client-node/dist/gen/http/http.js';
export { ServerConfiguration } from '@kubernetes/client-node/dist/gen/servers.js';
