/** Text as HTML shows it, also within attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** JSON that can stand in a script element: nothing in it ends the element. */
export const scriptJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** One cell: a text, or a number, which stands on the right. */
export type Cell = string | { readonly number: string; readonly sign?: number };

/** A table with its head. */
export function htmlTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numbers = (rows[0] ?? []).map((cell) => typeof cell !== 'string');
  const titles = head.map(
    (title, i) => `<th${numbers[i] ? ' class="number"' : ''}>${escapeHtml(title)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`);
  return `<table><thead><tr>${titles.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
}

function cellHtml(cell: Cell): string {
  if (typeof cell === 'string') return `<td>${escapeHtml(cell)}</td>`;
  const { number, sign = 0 } = cell;
  const tone = sign === 0 ? '' : sign > 0 ? ' gain' : ' loss';
  return `<td class="number${tone}">${escapeHtml(number)}</td>`;
}
