import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { forgetEmptyVariables } from '../core/base/emptyVariables.ts';
import { RegistrarError } from '../core/base/errors.ts';
import { masked, rememberSecret } from '../core/masking/masked.ts';
import { loadDataConverter } from '../integrations/temporal/dataConverter.ts';
import { CONNECT_MS, reach } from '../integrations/temporal/reach.ts';
import { loadWorkerConfig } from './config.ts';
import { createDeps } from './createDeps.ts';
import { createWorker } from './createWorker.ts';
import { giveBack } from './giveBack.ts';
import { createLogger } from './logger.ts';
import { FromTemporal } from './metrics/fromTemporal.ts';
import { WorkerHealth } from './metrics/health.ts';
import { serveMetrics } from './metrics/server.ts';
import { beginCounters, installRuntime } from './metrics/telemetry.ts';

async function main(): Promise<void> {
  forgetEmptyVariables(process.env);
  const level = process.env['LOG_LEVEL'] ?? 'info';
  const logger = createLogger(level);
  const config = loadWorkerConfig(process.env);
  const exporterPort = await installRuntime(logger, config.metrics !== undefined);
  const health = exporterPort === undefined ? undefined : new WorkerHealth(exporterPort);
  const endServing = config.metrics && health && (await serveMetrics(config.metrics, health));
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  if (typeof connectionOptions.apiKey === 'string') rememberSecret(connectionOptions.apiKey);
  const address = connectionOptions.address ?? 'localhost:7233';
  const connection = await reach(address, () => NativeConnection.connect(connectionOptions));
  const clientConnection = await reach(address, () =>
    Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_MS }),
  );
  const dataConverter = await loadDataConverter();
  const client = new Client({ connection: clientConnection, namespace, dataConverter });
  const { taskQueue } = config.ids;
  const spans = config.traces ? (await import('./traces/otlp.ts')).openSpans(logger) : undefined;
  const bundle = process.env['REGISTRAR_WORKFLOW_BUNDLE'];
  const worker = await createWorker({
    connection,
    namespace,
    taskQueue,
    deps: await createDeps(config, client),
    version: config.version,
    dataConverter,
    spans,
    ...(bundle === undefined ? {} : { workflowBundle: { codePath: bundle } }),
  });
  if (health !== undefined) {
    beginCounters(namespace, taskQueue);
    const fromTemporal = new FromTemporal(client, config.ids, Runtime.instance().metricMeter);
    health.runs({ worker, connection: clientConnection, fromTemporal });
  }
  await giveBack();
  const { version, installation } = config;
  logger.info('the worker is ready', { address, namespace, taskQueue, land: installation.gitops.land, ...version });
  process.send?.('ready');
  await worker.run();
  await spans?.end();
  await endServing?.();
  await clientConnection.close();
  await connection.close();
}

main().catch((error: unknown) => {
  const text =
    error instanceof RegistrarError
      ? `${error.system}: ${error.message}\n${error.remedy}`
      : masked(String(error), 'long');
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
  // A connection that never came keeps the process alive.
  setTimeout(() => process.exit(1), 500).unref();
});
