import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../support/child.ts';

interface ImportRule {
  readonly name: string;
  readonly comment: string;
}

const PAGE = readFileSync(`${ROOT}docs/architecture.md`, 'utf8');

/** The rows of the table whose head begins with this cell, as lists of cells. */
function tableOf(head: string): string[][] {
  const table = PAGE.split(/\n\n/).find((text) => text.startsWith(`| ${head} |`)) ?? '';
  const [, , ...rows] = table.trimEnd().split('\n');
  return rows.map((row) => row.slice(2, -2).split(' | '));
}

describe('docs/architecture.md', () => {
  it('has every import rule, in words, and no other', async () => {
    const config = await import(`${ROOT}.dependency-cruiser.mjs`);
    const rules = config.default.forbidden as readonly ImportRule[];
    assert.deepEqual(
      tableOf('rule'),
      rules.map(({ name, comment }) => [`\`${name}\``, comment]),
    );
  });

  it('describes every room of the runtime', () => {
    const described = tableOf('room').map(([room = '']) => room);
    const folders = readdirSync(`${ROOT}server/runtime`, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    for (const { name } of folders) {
      assert.ok(
        described.some((room) => room.includes(`${name}/`)),
        `server/runtime/${name}/ is described`,
      );
    }
  });
});

describe('the pages in docs/', () => {
  const pages = readdirSync(`${ROOT}docs`).filter((name) => name.endsWith('.md'));

  for (const page of pages) {
    it(`${page} links only to files that exist`, () => {
      const file = `${ROOT}docs/${page}`;
      const links = readFileSync(file, 'utf8').matchAll(/\]\((?!http)([^)#]+)(?:#[^)]*)?\)/g);
      const missing = [...links]
        .map(([, target]) => target ?? '')
        .filter((target) => !existsSync(join(dirname(file), target)));
      assert.deepEqual(missing, []);
    });
  }
});
