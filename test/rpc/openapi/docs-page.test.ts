import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../../support/chromium.ts';
import { TestServer } from '../../support/server.ts';

describe('the page /docs in a browser', function () {
  // A browser starts slowly beside other work.
  this.timeout(60_000);
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  /** What the browser refused, failed to load or threw. */
  const troubles: string[] = [];

  before(async () => {
    server = await TestServer.start();
    browser = await startChromium();
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('requestfailed', (request) => troubles.push(`${request.url()} failed`));
    await page.goto(`${server.url}/docs`);
  });

  after(async () => {
    await browser?.close();
    await server.close();
  });

  it('shows the services and an operation with its summary', async () => {
    await page.click('[id="operations-tag-RuntimeService"]');
    const operation = page.locator('[id="operations-RuntimeService-getRuntimeState"]');
    await operation.waitFor();
    assert.match((await operation.textContent()) ?? '', /\/api\/runtime\/state/);
  });

  it('tries an operation out, and shows what the server answers', async () => {
    const operation = page.locator('[id="operations-RuntimeService-getRuntimeState"]');
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.try-out__btn').click();
    await operation.locator('.execute').click();
    const answer = operation.locator('.live-responses-table .response');
    await answer.waitFor();
    assert.match((await answer.locator('.response-col_status').textContent()) ?? '', /^200/);
    assert.match((await answer.textContent()) ?? '', /"status":/);
  });

  it('sends the example of a request as it stands', async () => {
    await page.click('[id="operations-tag-ProcessorService"]');
    const operation = page.locator('[id="operations-ProcessorService-createProcessor"]');
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.try-out__btn').click();
    await operation.locator('.execute').click();
    const answer = operation.locator('.live-responses-table .response');
    await answer.waitFor();
    assert.match((await answer.locator('.response-col_status').textContent()) ?? '', /^200/);
    assert.equal((await fetch(`${server.url}/api/processors/tone`)).status, 200);
  });

  it('makes the browser refuse and miss nothing', () => assert.deepEqual(troubles, []));
});
