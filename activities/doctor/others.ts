import { createCommand, missingAttributes, otherTypes, SEARCH_ATTRIBUTES } from '../../core/run/searchAttributes.ts';
import { missingTools } from '../consumers/live.ts';
import type { Deps } from '../deps.ts';
import type { Reach } from './reach.ts';
import type { Look, Report } from './report.ts';

/** What is asked of one thing alone. */
export function otherLooks({ deps }: Reach): readonly Look[] {
  const { notifier } = deps;
  return [
    { system: 'Temporal', what: 'search attributes', look: (report) => searchAttributes(deps, report) },
    { system: 'Consumer', what: 'programs beside the worker', look: (report) => tools(deps, report) },
    ...(notifier === undefined
      ? []
      : [
          {
            system: 'Webhook' as const,
            what: 'reach',
            async look(report: Report) {
              await notifier.reach();
              report.well('its server answers; whether it takes the messages, the first one tells');
            },
          },
        ]),
  ];
}

async function searchAttributes({ runs }: Deps, report: Report): Promise<void> {
  const known = await runs.searchable();
  const missing = missingAttributes(known);
  for (const sentence of otherTypes(known)) report.amiss('warning', sentence, 'Make it anew, as Keyword.');
  if (missing.length > 0)
    report.amiss(
      'warning',
      `the server has no search attribute ${missing.join(', ')}, so runs are not found by it`,
      `Make it: oidc-registrar doctor --fix, or \`${createCommand(missing)}\``,
    );
  report.ends(`runs are found by ${SEARCH_ATTRIBUTES.join(', ')}`);
}

async function tools(deps: Deps, report: Report): Promise<void> {
  for (const warning of await missingTools(deps))
    report.amiss('warning', warning, 'Install it, or see its setting in docs/reference/registrar-yaml.md.');
  report.ends('what registrar.yaml asks for is installed');
}
