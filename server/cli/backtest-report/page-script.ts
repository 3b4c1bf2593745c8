/**
 * Draws the charts of a report from the JSON in #data, with uPlot, which the page has loaded. Plain JavaScript, since it
 * runs in the page alone.
 */
export const PAGE_SCRIPT = `
const data = JSON.parse(document.getElementById('data').textContent);
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const axis = (size) => ({ stroke: color('soft'), grid: { stroke: color('line'), width: 1 }, ticks: { show: false }, size });
const sync = { key: 'time' };
function draw(id, height, series, extra = {}) {
  const place = document.getElementById(id);
  const options = {
    width: place.clientWidth, height, cursor: { sync, drag: { x: true, y: false } },
    scales: { x: { time: true } }, axes: [axis(40), axis(80)], series: [{}, ...series.map(({ values, ...each }) => each)], ...extra,
  };
  const chart = new uPlot(options, [data.times, ...series.map(({ values }) => values)], place);
  addEventListener('resize', () => chart.setSize({ width: place.clientWidth, height }));
}
function marks(chart) {
  const { ctx } = chart;
  for (const { time, price, up } of data.marks) {
    if (time < chart.scales.x.min || time > chart.scales.x.max) continue;
    const x = chart.valToPos(time, 'x', true), y = chart.valToPos(price, 'y', true), size = 5 * devicePixelRatio;
    ctx.fillStyle = color(up ? 'gain' : 'fall');
    ctx.beginPath();
    ctx.moveTo(x, y); ctx.lineTo(x - size, y + (up ? size : -size) * 1.6); ctx.lineTo(x + size, y + (up ? size : -size) * 1.6);
    ctx.fill();
  }
}
draw('equity', 260, [{ label: 'Equity', stroke: color('equity'), width: 1.5, values: data.equity }]);
draw('drawdown', 160, [{ label: 'Drawdown %', stroke: color('fall'), fill: color('fall') + '33', width: 1, values: data.drawdown }]);
draw('price', 320, [{ label: 'Price', stroke: color('price'), width: 1, values: data.price }], { hooks: { draw: [marks] } });
document.body.dataset.drawn = 'true';
`;
