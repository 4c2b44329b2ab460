import { otherSearchType } from '../../core/run/searchAttribute.ts';
import { missingTools } from '../consumers/live.ts';
import type { Deps } from '../deps.ts';
import type { Reach } from './reach.ts';
import type { Look, Report } from './report.ts';

/** What is asked of one thing alone. */
export function otherLooks({ deps }: Reach): readonly Look[] {
  const { notifier } = deps;
  return [
    { system: 'Temporal', what: 'search attribute', look: (report) => searchAttribute(deps, report) },
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

async function searchAttribute({ runs }: Deps, report: Report): Promise<void> {
  const found = await runs.searchable();
  if (found === true) report.well('runs are found by OidcClient');
  else if (found === false)
    report.amiss(
      'warning',
      'the server has no search attribute OidcClient, so runs are not found by client',
      'Make it: `temporal operator search-attribute create --name OidcClient --type Keyword`',
    );
  else report.amiss('warning', otherSearchType(found.otherType), 'Make it anew, as Keyword.');
}

async function tools(deps: Deps, report: Report): Promise<void> {
  for (const warning of await missingTools(deps))
    report.amiss('warning', warning, 'Install it, or see its setting in docs/reference/registrar-yaml.md.');
  report.ends('what registrar.yaml asks for is installed');
}
