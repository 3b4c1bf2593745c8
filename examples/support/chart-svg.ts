/** What a chart shows: lines over the same x, and marks on the first of them. */
export interface Chart {
  readonly title: string;
  readonly x: readonly number[];
  readonly lines: readonly { readonly name: string; readonly y: readonly number[]; readonly color: string }[];
  readonly marks: { readonly name: string; readonly indexes: readonly number[]; readonly color: string };
}

const WIDTH = 900;
const HEIGHT = 320;
const LEFT = 48;
const TOP = 56;
const RIGHT = WIDTH - 16;
const BOTTOM = HEIGHT - 32;
const TICKS = 5;

/** The chart as an SVG that needs nothing else. */
export function chartSvg({ title, x, lines, marks }: Chart): string {
  const values = lines.flatMap(({ y }) => y).filter(Number.isFinite);
  const toX = scale(Math.min(...x), Math.max(...x), LEFT, RIGHT);
  const toY = scale(Math.min(0, ...values), Math.max(...values), BOTTOM, TOP);
  const paths = lines.map(({ y, color }) => {
    const points = y.map((value, i) => `${toX(x[i] ?? 0).toFixed(1)},${toY(value).toFixed(1)}`);
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points.join(' ')}"/>`;
  });
  const dots = marks.indexes.map((i) => {
    const [cx, cy] = [toX(x[i] ?? 0), toY(lines[0]?.y[i] ?? 0)];
    return `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="4" fill="none" stroke="${marks.color}" stroke-width="1.5"/>`;
  });
  const legend = [...lines, marks].map(({ name, color }, i) => text(LEFT + i * 280, 42, name, color));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    text(LEFT, 20, title, '#1f2328'),
    ...legend,
    ...axis(Math.min(0, ...values), Math.max(...values), (value) => {
      const at = toY(value).toFixed(1);
      return `<path stroke="#e5e8ec" d="M${LEFT} ${at}H${RIGHT}"/>${text(8, Number(at) + 4, value.toFixed(0), '#57606a')}`;
    }),
    ...axis(Math.min(...x), Math.max(...x), (value) =>
      text(toX(value) - 10, BOTTOM + 18, value.toFixed(0), '#57606a'),
    ),
    ...paths,
    ...dots,
    '</svg>',
    '',
  ].join('\n');
}

const scale = (from: number, to: number, start: number, end: number) => (value: number) =>
  start + ((value - from) / (to - from || 1)) * (end - start);

const axis = (from: number, to: number, tick: (value: number) => string): string[] =>
  Array.from({ length: TICKS + 1 }, (_, i) => tick(from + ((to - from) * i) / TICKS));

const text = (x: number, y: number, content: string, color: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${color}">${content}</text>`;
