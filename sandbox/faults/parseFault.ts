import { RegistrarError } from '../../core/base/errors.ts';
import { SPOILERS, type Spoiler } from './spoiled.ts';
import type { Fault, FaultEffect } from './faults.ts';

interface System {
  /** Whether it answers HTTP requests, which the effects of {@link REQUEST_EFFECTS} strike. */
  readonly requests: boolean;
  /** Behaviours by name, and what their argument means; undefined where they take none. */
  readonly behaviours: Readonly<Record<string, string | undefined>>;
}

/** What each stand-in can be made to do. */
export const FAULTY_SYSTEMS: Readonly<Record<string, System>> = {
  authentik: {
    requests: true,
    behaviours: {
      neverSuccessful: 'path of a blueprint',
      noDiscovery: undefined,
      silentApply: undefined,
      applyClash: undefined,
      disabledInstance: 'path of a blueprint',
      workerStarts: 'milliseconds',
      hidesSecret: undefined,
      usedByMended: undefined,
      expiryByBlueprint: undefined,
      expiredBindings: 'inert',
      seenAs: 'address',
      secretDialect: 'newest, august or none',
    },
  },
  connect: { requests: true, behaviours: {} },
  consumer: { requests: true, behaviours: {} },
  'kubernetes/<cluster>': { requests: true, behaviours: { denies: 'verb and resource' } },
  argocd: {
    requests: false,
    behaviours: {
      syncFails: 'Kind or Kind/name',
      syncNeverEnds: undefined,
      loseOperation: undefined,
      neverHeals: undefined,
    },
  },
  flux: {
    requests: false,
    behaviours: { suspended: undefined, fetchFails: undefined, applyFails: 'Kind or Kind/name' },
  },
  externalSecrets: {
    requests: false,
    behaviours: { neverReady: 'key of the Secret', storeNotReady: undefined, stuck: undefined },
  },
  kubelet: {
    requests: false,
    behaviours: { rolloutNeverEnds: undefined, mountLags: 'milliseconds', secretLags: 'milliseconds' },
  },
  git: {
    requests: false,
    behaviours: {
      protect: 'branch',
      keepBranches: 'beginning of branch names',
      rejectStep: 'name of a step',
      slowAnswer: 'branch/seconds',
    },
  },
  forge: { requests: true, behaviours: { rateLimit: 'primary, secondary or silent' } },
};

const SPOILED = Object.keys(SPOILERS);
const REQUEST_EFFECTS = ['error=STATUS', 'delay=MILLISECONDS', 'conflict', 'loseAnswer', 'hang', ...SPOILED];
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const OPTIONS = ['times', 'after', 'body', 'retryAfter'];

/**
 * A fault as people write it on a command line:
 *
 *     SYSTEM:EFFECT[:OPTION=VALUE]…
 *     SYSTEM:METHOD:PATH:EFFECT[:OPTION=VALUE]…
 *
 * METHOD may be empty, or `*`; PATH is a regular expression on path and query and may be empty (a colon in it is
 * written `\x3a`). EFFECT is `error=STATUS`, `delay=MILLISECONDS`, `conflict`, `loseAnswer`, `hang`, a name of {@link SPOILERS}, or that of a
 * behaviour of that system, with `=ARGUMENT` where it takes one. Options: `times=N` (strike so often), `after=N` (let so
 * many pass first), `body=REGEX` (of the request), `retryAfter=SECONDS` (with `error`). For example
 * `authentik:GET:/admin/version:error=503:times=2`, `connect:PUT::conflict:times=1`, `argocd:syncFails=Deployment:times=1`,
 * `kubelet:rolloutNeverEnds`. Throws `BadInput` that names what is known.
 */
export function parseFault(text: string): Fault {
  const [system = '', ...parts] = text.split(':');
  const known = systemOf(text, system);
  const aimed = parts.length > 1 && (parts[0] === '' || parts[0] === '*' || METHODS.has(parts[0] ?? ''));
  const [method = '', path = ''] = aimed ? parts : [];
  const [effectText = '', ...optionTexts] = aimed ? parts.slice(2) : parts;
  const options = optionsOf(text, optionTexts);
  const effect = effectOf(text, system, known, effectText, options.retryAfter);
  if (aimed && effect.kind === 'behaviour')
    throw bad(text, `${effectText} is a behaviour of ${system}, not an answer`, `Write ${system}:${effectText}.`);
  return {
    system,
    ...(method === '' || method === '*' ? {} : { method }),
    ...(path === '' ? {} : { path: regex(text, path) }),
    ...(options.body === undefined ? {} : { body: regex(text, options.body) }),
    ...(options.after === undefined ? {} : { after: count(text, 'after', options.after) }),
    ...(options.times === undefined ? {} : { times: count(text, 'times', options.times) }),
    effect,
  };
}

function systemOf(text: string, name: string): System {
  const found = FAULTY_SYSTEMS[/^kubernetes\/[^/]+$/.test(name) ? 'kubernetes/<cluster>' : name];
  if (found !== undefined && !name.includes('<')) return found;
  throw bad(text, `there is no system "${name}"`, `Name one of ${Object.keys(FAULTY_SYSTEMS).join(', ')}.`);
}

interface OptionTexts {
  times?: string;
  after?: string;
  body?: string;
  retryAfter?: string;
}

function optionsOf(text: string, parts: readonly string[]): OptionTexts {
  const found: Record<string, string> = {};
  for (const part of parts) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (!OPTIONS.includes(name) || found[name] !== undefined)
      throw bad(text, `"${part}" is no option, or one too many`, `Options: ${OPTIONS.join(', ')}, each as NAME=VALUE.`);
    found[name] = value;
  }
  return found;
}

function effectOf(
  text: string,
  systemName: string,
  system: System,
  part: string,
  retryAfter: string | undefined,
): FaultEffect {
  const [, name = '', argument] = /^([^=]*)(?:=(.*))?$/s.exec(part) ?? [];
  if (name in system.behaviours) return behaviourOf(text, name, argument, system.behaviours[name]);
  if (system.requests) {
    if (name === 'error') return errorOf(text, argument ?? '', retryAfter);
    if (name === 'delay') return { kind: 'delay', ms: count(text, 'delay', argument ?? '') };
    if ((name === 'conflict' || name === 'loseAnswer' || name === 'hang') && argument === undefined)
      return { kind: name };
    if (SPOILED.includes(name) && argument === undefined) return { kind: 'spoil', how: name as Spoiler };
  }
  const behaviours = Object.entries(system.behaviours).map(([each, means]) =>
    means === undefined ? each : `${each}[=${means}]`,
  );
  const effects = [...(system.requests ? REQUEST_EFFECTS : []), ...behaviours];
  throw bad(
    text,
    part === '' ? 'it names no effect' : `${systemName} knows no effect "${part}"`,
    `Effects of ${systemName}: ${effects.join(', ')}.`,
  );
}

function behaviourOf(text: string, name: string, argument: string | undefined, means: string | undefined): FaultEffect {
  if (argument !== undefined && means === undefined) throw bad(text, `${name} takes no argument`, `Write ${name}.`);
  return { kind: 'behaviour', name, ...(argument === undefined ? {} : { argument }) };
}

function errorOf(text: string, status: string, retryAfter: string | undefined): FaultEffect {
  if (!/^[45]\d\d$/.test(status))
    throw bad(text, `"${status}" is no status of an error`, 'Write error=503, or another one from 400 to 599.');
  const seconds = retryAfter === undefined ? undefined : count(text, 'retryAfter', retryAfter);
  return {
    kind: 'error',
    status: Number(status),
    ...(seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }),
  };
}

function count(text: string, name: string, value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw bad(text, `${name} is "${value}"`, `Give ${name} a whole number.`);
}

function regex(text: string, source: string): string {
  try {
    return new RegExp(source).source;
  } catch {
    throw bad(text, `"${source}" is no regular expression`, 'Write a regular expression as JavaScript reads it.');
  }
}

function bad(text: string, why: string, remedy: string): RegistrarError {
  return new RegistrarError({
    system: 'oidc-registrar',
    kind: 'BadInput',
    message: `fault "${text}" cannot be read: ${why}`,
    remedy,
  });
}
