import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Browser, Page } from 'playwright-core';
import { stringify } from 'yaml';
import { assert, asyncProperty, constantFrom, string } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setSchedule } from '../../client/commands/schedule.ts';
import { cell, code, prose } from '../../core/base/markdown.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { TASK_QUEUE } from '../../worker/config.ts';
import { findChromium, openChromium } from '../fixtures/chromium.ts';
import { eventually } from '../fixtures/polling.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// What a person reads in the Temporal UI. UI_SCREENSHOTS names a folder that takes the pictures which the documents show.

const sample = await sampleLayout('manual');
const layout: Layout = {
  ...sample,
  files: { ...sample.files, 'oidc-clients/turns.yaml': stringify(rotatable('turns', 'manual', 'none')) },
};

let bed: TestBed;
useTestBed({ layout, ui: true }, (started) => {
  bed = started;
});

describe('the renderer of the Temporal UI', () => {
  /** What is left of a page's text: quotation marks are set as printers set them, and nothing else is changed. */
  async function shown(markdown: string): Promise<string> {
    const response = await fetch(`${bed.temporal.uiUrl}/render?content=${encodeURIComponent(markdown)}`);
    const [, main = ''] = /<main>([^]*)<\/main>/.exec(await response.text()) ?? [];
    return main
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll(/&[lr]dquo;|&quot;/g, '"')
      .replaceAll(/&[lr]squo;/g, "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
      .trim();
  }

  const HOSTILE = [
    'run x --yes',
    '*a* _b_ __c__ ~d~ ^e^ $f$ a_b_c',
    '<script>alert(1)</script> &amp; <!-- x -->',
    '[a](javascript:alert(1)) ![b](c) [^1] [r]: x <https://a.example>',
    '1/2 of 10/20, a/b, (c) (r) (TM) ... 1-2-3 --- x',
    '| a | b |',
    'https://a.example/b_c--d?e=1&f=2. end',
    'mailto:a@b.example ftp://a.example git@a.example:b.git',
    String.raw`C:\a\b \* \\`,
    'a\n\n# b\n- c',
    'it\'s "so"',
  ];
  const BEGINNINGS = ['# a', '- a', '1. a', '10) a', '> a', ': a', '+ a', '---', '***', '~~~', '```', '{#a}'];

  it.each([...HOSTILE, ...BEGINNINGS])('shows %j as it was said, wherever it stands', async (text) => {
    const said = text.replaceAll(/\s*\n\s*/g, ' ').trim();
    expect(await shown(prose(text))).toBe(said);
    expect(await shown(`- **Why:** ${prose(text)}`)).toBe(`Why: ${said}`);
    expect(await shown(`| a |\n|---|\n| ${cell(text)} |`)).toMatch(/^a\s/);
    expect((await shown(`| a |\n|---|\n| ${cell(text)} |`)).replace(/^a\s+/, '')).toBe(said);
    expect(await shown(`found ${code(text)}.`)).toBe(`found ${said}.`);
  });

  it('shows any text as it was said', async () => {
    const sign = constantFrom(...Array.from('\\*_{}[]()#+-.!:|&<>~^$/=@%,;?a1 '));
    const property = asyncProperty(string({ unit: sign, minLength: 1, maxLength: 12 }), async (text) => {
      expect(await shown(`why: ${prose(`x ${text} x`)}`)).toBe(`why: x ${text} x`);
    });
    await assert(property, { numRuns: 200, seed: 20261130 });
  });
});

const chromium = findChromium();
const without = chromium === undefined ? ' (left out: no Chromium on the PATH, and CHROMIUM_PATH names none)' : '';

/** On a busy machine a page takes its time. */
const PATIENCE_MS = 100_000;

describe.skipIf(chromium === undefined)(`in a browser${without}`, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openChromium(chromium ?? '');
    page = await browser.newPage({ viewport: { width: 1320, height: 1700 } });
    page.setDefaultTimeout(PATIENCE_MS);
  });
  afterAll(async () => browser?.close());

  /** Opens what the UI shows of a run's metadata, and waits until a text stands there. */
  async function open(workflowId: string, awaited: string): Promise<void> {
    const { runId } = await bed.client.workflow.getHandle(workflowId).describe();
    const run = `${encodeURIComponent(workflowId)}/${runId}`;
    await page.goto(`${bed.temporal.uiUrl}/namespaces/default/workflows/${run}/user-metadata`);
    await expect.poll(async () => textOf()).toContain(awaited);
  }

  const rendered = () => page.frames().filter((frame) => frame.url().includes('/render'));

  async function textOf(): Promise<string> {
    const texts = await Promise.all(rendered().map(async (frame) => frame.locator('main').innerText()));
    return texts.join('\n').replaceAll('\u00a0', ' ').replaceAll(/[‘’]/g, "'");
  }

  async function codeOf(): Promise<readonly string[]> {
    return (await Promise.all(rendered().map(async (frame) => frame.locator('code').allInnerTexts()))).flat();
  }

  /** From the tabs of the run on, without the navigation. */
  async function picture(name: string): Promise<void> {
    const folder = process.env['UI_SCREENSHOTS'];
    if (folder === undefined) return;
    await mkdir(folder, { recursive: true });
    const tabs = await page.getByText('User Metadata').first().boundingBox();
    const elements = await Promise.all(rendered().map(async (frame) => frame.frameElement()));
    const boxes = await Promise.all(elements.map(async (element) => element.boundingBox()));
    const end = Math.max(...boxes.map((box) => (box === null ? 0 : box.y + box.height)));
    const y = (tabs?.y ?? 0) - 16;
    const clip = { x: 272, y, width: 1032, height: Math.min(end - y, 842) };
    await page.screenshot({ path: path.join(folder, `${name}.png`), clip });
  }

  /** The UI asks for the current details once, when a page is opened. */
  const untilAsked = async (handle: WorkflowHandle) =>
    bed.until(
      handle,
      ({ steps }) => steps.some(({ note }) => note?.includes('waits for a person') === true),
      'the wait',
    );

  const start = async (type: 'registerClient' | 'rotateSecret', client: string) =>
    bed.client.workflow.start(type, {
      taskQueue: TASK_QUEUE,
      workflowId: `oidc-client/${client}`,
      args: [{ client }],
      ...staticWords(type, 'the command line', client),
    });

  it('a run that has failed tells cause, remedy, and that nothing is left behind', async () => {
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'zot', mayApply: true });
    await bed.failure(await start('registerClient', 'zot'));

    await open('oidc-client/zot', 'not registered, everything is as it was');

    const text = await textOf();
    expect(text).toContain('registers OIDC client zot, started by the command line');
    expect(text).toMatch(/Cause: \S/);
    expect(text).toMatch(/Remedy: \S/);
    expect(text).toMatch(/verifyRegistration \(failed\)/);
    expect(await codeOf()).toContain('docs/how-to/recover.md');
    await picture('ui-failed');
  });

  it('a run that has ended well tells what was proven, what is to be done, and where to look', async () => {
    await bed.resultOf(await start('registerClient', 'turns'));

    await open('oidc-client/turns', 'turns: registered');

    const text = await textOf();
    expect(text).toContain('Proven');
    expect(text).toContain('To do: rendered, not applied: run ansible-playbook hosts/attic.yml --tags zot');
    const addresses = await Promise.all(
      rendered().map(async (frame) =>
        frame.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
      ),
    );
    expect(addresses.flat()).toContain(
      `${bed.world.installation.authentik.url.replace(/\/$/, '')}/if/admin/#/core/applications/turns`,
    );
    await picture('ui-finished');
  });

  it('a run that waits for a person tells the command, which works as it stands there', async () => {
    await bed.world.consumer.byHand('turns');
    const handle = await start('rotateSecret', 'turns');
    await untilAsked(handle);

    await open('oidc-client/turns', 'waits for a person');

    const command = (await codeOf()).find((each) => each.startsWith('temporal '));
    expect(command).toBe('temporal workflow update execute --workflow-id oidc-client/turns --name ready');
    expect(await textOf()).toMatch(/once somebody is at hand to do this: \S/);
    await picture('ui-waiting');
    await handle.cancel();
    await bed.failure(handle);
  });

  it('a schedule tells what it is for, and its run by whom it was started', async () => {
    await setSchedule(bed.client, 'turns', { every: '90d', note: 'the rule of the house' }, () => undefined);

    await page.goto(`${bed.temporal.uiUrl}/namespaces/default/schedules/${encodeURIComponent('oidc-rotate/turns')}`);

    await expect.poll(async () => page.locator('body').innerText()).toContain('the rule of the house');
    const schedule = bed.client.schedule.getHandle('oidc-rotate/turns');
    await schedule.trigger();
    const [started] = await eventually(
      async () => (await schedule.describe()).info.recentActions,
      ({ length }) => length > 0,
    );
    await open(
      started?.action.workflow.workflowId ?? '',
      'replaces the secret of OIDC client turns, started by its schedule',
    );
    const handle = bed.client.workflow.getHandle('oidc-client/turns');
    await untilAsked(handle);
    await handle.cancel();
    await bed.failure(handle);
  });
});
