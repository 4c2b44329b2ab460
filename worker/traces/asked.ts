import { RegistrarError } from '../../core/base/errors.ts';
import { rememberAuthorization, rememberSecret } from '../../core/masking/masked.ts';

type Env = Readonly<Record<string, string | undefined>>;

const EXPORTER = 'OTEL_TRACES_EXPORTER';
/** Of traces alone, and of all that OpenTelemetry exports; the first that is set holds. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];
const HEADERS = ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'];

/**
 * Whether OpenTelemetry's own variables ask for traces: by an address, or by `OTEL_TRACES_EXPORTER=otlp`. The exporter reads the
 * rest of them itself; what it would pass over in silence is refused here. Throws `BadInput`.
 */
export function tracesAsked(env: Env): boolean {
  const exporter = (env[EXPORTER] ?? '').trim();
  const endpoint = firstOf(env, ENDPOINTS);
  if (/^true$/i.test(env['OTEL_SDK_DISABLED'] ?? '') || exporter === 'none') return false;
  if (exporter === '' && endpoint === undefined) return false;
  if (!['', 'otlp'].includes(exporter))
    throw bad(`${EXPORTER} "${exporter}" is none that the worker has.`, 'Write otlp, or none.');
  const protocol = firstOf(env, PROTOCOLS);
  if (protocol !== undefined && protocol.value !== 'http/protobuf')
    throw bad(
      `${protocol.name} "${protocol.value}" is none that the worker speaks.`,
      'Write http/protobuf, and in the address the port for it, which is mostly 4318.',
    );
  if (endpoint !== undefined && !/^https?:$/.test(protocolOf(endpoint.value)))
    throw bad(`${endpoint.name} is no http or https address.`, 'Write one such as http://collector.example:4318.');
  for (const name of HEADERS) rememberHeaders(env[name] ?? '');
  return true;
}

function firstOf(env: Env, names: readonly string[]): { readonly name: string; readonly value: string } | undefined {
  return names.map((name) => ({ name, value: (env[name] ?? '').trim() })).find(({ value }) => value !== '');
}

function protocolOf(address: string): string {
  return URL.canParse(address) ? new URL(address).protocol : '';
}

/** `name=value,name=value`, their values as in addresses. One mostly is a token. */
function rememberHeaders(list: string): void {
  for (const header of list.split(',')) {
    const value = decoded(header.slice(header.indexOf('=') + 1).trim());
    rememberSecret(value);
    rememberAuthorization(value);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bad(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'registrar.yaml', kind: 'BadInput', message, remedy });
}
