import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Browser, Locator, Page } from 'playwright-core';
import { stringify } from 'yaml';
import { assert, asyncProperty, constantFrom, string } from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { setSchedule } from '../../client/commands/schedule.ts';
import { cell, code, prose } from '../../core/base/markdown.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { findChromium, openChromium } from '../fixtures/chromium.ts';
import { eventually } from '../fixtures/polling.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed, type TestBedOptions } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// What a person reads in the Temporal UI. UI_SCREENSHOTS names a folder that takes the pictures which the documents show.

const sample = await sampleLayout('manual');
const layout: Layout = {
  ...sample,
  files: { ...sample.files, 'oidc-clients/zot.yaml': stringify(rotatable('zot', 'manual', 'none')) },
};

const HOUR_MS = 3_600_000;
const ARGOCD = 'https://argocd.example';
const adjust: TestBedOptions['adjust'] = ({ argocd, ...installation }) => ({
  ...installation,
  ...(argocd === undefined ? {} : { argocd: { ...argocd, url: ARGOCD } }),
  timings: { ...installation.timings, readyMs: HOUR_MS, confirmMs: HOUR_MS },
});

let bed: TestBed;
useTestBed({ layout, adjust, ui: true }, (started) => {
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

  /** From the tabs of the run on, without the navigation; or of a part of the page. */
  async function picture(name: string, part?: Locator): Promise<void> {
    const folder = process.env['UI_SCREENSHOTS'];
    if (folder === undefined) return;
    await mkdir(folder, { recursive: true });
    if (part !== undefined) return void (await part.screenshot({ path: path.join(folder, `${name}.png`) }));
    const tabs = await page.getByText('User Metadata').first().boundingBox();
    const elements = await Promise.all(rendered().map(async (frame) => frame.frameElement()));
    const boxes = await Promise.all(elements.map(async (element) => element.boundingBox()));
    const end = Math.max(...boxes.map((box) => (box === null ? 0 : box.y + box.height)));
    const y = (tabs?.y ?? 0) - 16;
    const clip = { x: 272, y, width: 1032, height: Math.min(end - y, 842) };
    await page.screenshot({ path: path.join(folder, `${name}.png`), clip });
  }

  /** The UI asks for the current details once, when a page is opened. */
  const waits = (step: string) => (view: ProgressView) =>
    view.steps.some(({ name, note }) => name === step && note?.startsWith('waits for a person') === true);

  /** Pastes the first command of Temporal's program that a page shows; what it answers. */
  async function pasteFirst(): Promise<string> {
    const command = (await codeOf()).find((each) => each.startsWith('temporal ')) ?? 'false';
    const program = `temporal() { '${inject('temporalCli')}' "$@" --address ${bed.temporal.address}; }`;
    return (await execa('bash', ['-c', `${program}\n${command}`], { all: true })).all;
  }

  /** The page has its menu twice, for narrow screens and for wide ones. */
  const seen = (locator: Locator) => locator.filter({ visible: true });

  /** The form of a message of the run that is open, its choices unfolded. */
  async function form(kind: 'signal' | 'update'): Promise<Locator> {
    await seen(page.getByRole('button', { name: 'More Actions' })).click();
    await seen(page.getByTestId(`${kind}-button`)).click();
    const opened = seen(page.getByTestId(`${kind}-confirmation-modal`));
    await unfold(opened, kind);
    return opened;
  }

  /** The field itself takes no click, the button around it does. */
  const unfold = async (opened: Locator, kind: 'signal' | 'update') =>
    opened
      .getByRole('button')
      .filter({ has: page.locator(`#${kind}-select`) })
      .click();

  const start = async (type: 'registerClient' | 'rotateSecret', client: string) =>
    bed.client.workflow.start(type, {
      taskQueue: IDS.taskQueue,
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
    expect(text).toMatch(/Cause, verifyRegistration: \S/);
    expect(text).toMatch(/Remedy: \S/);
    expect(text).toMatch(/verifyRegistration \(failed\)/);
    expect(await codeOf()).toContain('docs/how-to/recover.md');
    await picture('ui-failed');
  });

  it('a run that has ended well tells what was proven, what is to be done, and where to look', async () => {
    await bed.resultOf(await start('registerClient', 'zot'));

    await open('oidc-client/zot', 'zot: registered');

    const text = await textOf();
    expect(text).toContain('Proven');
    expect(text).toContain('To do: rendered, not applied: run ansible-playbook hosts/attic.yml --tags zot');
    expect(await codeOf()).toContain('ansible-playbook hosts/attic.yml --tags zot');
    const addresses = await Promise.all(
      rendered().map(async (frame) =>
        frame.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
      ),
    );
    const { authentik } = bed.world.installation;
    expect(addresses.flat()).toEqual(
      expect.arrayContaining([
        `${authentik.url.replace(/\/$/, '')}/if/admin/#/core/applications/zot`,
        `${ARGOCD}/applications/argocd/${authentik.application}`,
      ]),
    );
    await picture('ui-finished');
  });

  it('a run that waits for a person tells the command, which works as it stands there', async () => {
    await bed.world.consumer.byHand('zot');
    const handle = await start('rotateSecret', 'zot');
    await bed.until(handle, waits('ready'), 'the question');

    await open('oidc-client/zot', 'waits for a person');

    expect(await textOf()).toMatch(/when you are at hand to do this: \S/);
    expect(await textOf()).toContain('zot: rotating, waits for a person');
    await picture('ui-waiting');
    expect(await pasteFirst()).toContain('The rotation begins.');
    await bed.until(handle, waits('distribute'), 'the consumer');
  });

  it('the form of each message says what it is for, and the answer of one lets the run go on', async () => {
    const handle = bed.client.workflow.getHandle('oidc-client/zot');
    await bed.world.consumer.byHand('zot');
    await open('oidc-client/zot', 'waits for a person to do this');

    const choices = seen(page.getByRole('option'));
    const told = async () => (await choices.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());

    const signal = await form('signal');
    await expect.poll(told).toContainEqual(expect.stringMatching(/^recheck Looks now at .* Takes no arguments/));
    await signal.getByTestId('cancel-modal-button').click();

    const update = await form('update');
    await expect.poll(told).toContainEqual(expect.stringMatching(/^confirm Say that you have updated the consumer/));
    for (const name of ['ready', 'confirm', 'stopUndo'])
      expect(await told()).toContainEqual(expect.stringMatching(new RegExp(`^${name} .* Takes no arguments`)));
    await picture('ui-update', update);

    await choices.filter({ hasText: /^\s*ready/ }).click();
    await update.getByTestId('confirm-modal-button').click();
    await expect.poll(async () => update.innerText()).toContain('The run does not wait for "ready"');

    await unfold(update, 'update');
    await choices.filter({ hasText: /^\s*confirm/ }).click();
    await update.getByTestId('confirm-modal-button').click();
    expect((await bed.resultOf<RotateResult>(handle)).outcome).toBe('rotated');
  });

  it('a schedule tells what it is for, and its run by whom it was started', async () => {
    await setSchedule(bed.client, 'zot', { every: '90d', note: 'the rule of the house' }, () => undefined);

    await page.goto(`${bed.temporal.uiUrl}/namespaces/default/schedules/${encodeURIComponent('oidc-rotate/zot')}`);

    await expect.poll(async () => page.locator('body').innerText()).toContain('the rule of the house');
    const schedule = bed.client.schedule.getHandle('oidc-rotate/zot');
    await schedule.trigger();
    const [started] = await eventually(
      async () => (await schedule.describe()).info.recentActions,
      ({ length }) => length > 0,
    );
    await open(
      started?.action.workflow.workflowId ?? '',
      'replaces the secret of OIDC client zot, started by its schedule',
    );
    const handle = bed.client.workflow.getHandle('oidc-client/zot');
    await bed.until(handle, waits('ready'), 'the question');
    await handle.cancel();
    await bed.failure(handle);
  });
});
